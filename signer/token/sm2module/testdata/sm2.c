/* A PKCS#11 module for tests: one token with one SM2 key and its certificate, as vendors of national tokens make them. Its
   mechanism and its type of key have numbers that no standard knows; libcrypto signs. The environment says what it is:

     SM2_FILE        PEM with the private key and, first of all certificates, its own
     SM2_PIN         the user PIN; the key cannot be found or used before
     SM2_MECHANISM   CKM_… of the vendor
     SM2_KEY_TYPE    CKK_… of the vendor
     SM2_INPUT       digest: SM3(Z || message) is signed as it comes; message: Z and the digest are made here
     SM2_SIGNATURE   raw: r || s; der: SEQUENCE { r, s }

   A session is used by one thread at a time, and sessions are opened one after another. Of the functions there are those that
   contractd calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define CK_PTR *
#define CK_DEFINE_FUNCTION(type, name) type name
#define CK_DECLARE_FUNCTION(type, name) type name
#define CK_DECLARE_FUNCTION_POINTER(type, name) type(*name)
#define CK_CALLBACK_FUNCTION(type, name) type(*name)
#define NULL_PTR 0
#include "pkcs11.h"

enum { SLOT = 1, KEY = 1, CERTIFICATE = 2, SESSIONS = 32, DIGEST = 32, HALF = 32, LONGEST = 72, WANTS = 4 };

static const char id[] = "1234567812345678"; /* GM/T 0009, 10: where nothing else is agreed. */

static struct {
  int open, signing, found; /* found counts the objects that a search has looked at. */
  CK_ULONG wants, types[WANTS], values[WANTS];
} sessions[SESSIONS + 1];
static EVP_PKEY *key;
static unsigned char *certificate;
static int certificateLength, loggedIn;

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static int is(const char *name, const char *value) { return strcmp(setting(name), value) == 0; }

static CK_ULONG number(const char *name) { return strtoul(setting(name), NULL, 0); }

static CK_RV initialize(CK_VOID_PTR arguments) {
  FILE *in = fopen(setting("SM2_FILE"), "re");
  if (!in) return CKR_GENERAL_ERROR;
  key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
  rewind(in);
  X509 *read = PEM_read_X509(in, NULL, NULL, NULL);
  fclose(in);
  if (!key || !EVP_PKEY_is_a(key, "SM2") || !read) return CKR_GENERAL_ERROR;
  certificateLength = i2d_X509(read, &certificate);
  X509_free(read);
  return certificateLength > 0 ? CKR_OK : CKR_GENERAL_ERROR;
}

static CK_RV finalize(CK_VOID_PTR reserved) { return CKR_OK; }

static CK_RV slotList(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  if (slots && *count < 1) return CKR_BUFFER_TOO_SMALL;
  if (slots) slots[0] = SLOT;
  *count = 1;
  return CKR_OK;
}

static void pad(CK_UTF8CHAR_PTR field, size_t size, const char *text) {
  memset(field, ' ', size);
  memcpy(field, text, strlen(text));
}

static CK_RV slotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) {
  memset(info, 0, sizeof *info);
  pad(info->slotDescription, sizeof info->slotDescription, "USB");
  info->flags = CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE;
  return CKR_OK;
}

static CK_RV tokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  memset(info, 0, sizeof *info);
  pad(info->label, sizeof info->label, "国密锁");
  pad(info->serialNumber, sizeof info->serialNumber, "SM2-1");
  info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED;
  info->ulMaxSessionCount = SESSIONS;
  return CKR_OK;
}

static CK_RV mechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) {
  if (list && *count < 1) return CKR_BUFFER_TOO_SMALL;
  if (list) list[0] = number("SM2_MECHANISM");
  *count = 1;
  return CKR_OK;
}

static CK_RV openSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session) {
  for (*session = 1; *session <= SESSIONS; ++*session)
    if (!sessions[*session].open) {
      sessions[*session].open = 1;
      return CKR_OK;
    }
  return CKR_SESSION_COUNT;
}

static CK_RV closeSession(CK_SESSION_HANDLE session) {
  memset(&sessions[session], 0, sizeof sessions[session]);
  return CKR_OK;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  if (length != strlen(setting("SM2_PIN")) || memcmp(pin, setting("SM2_PIN"), length) != 0) return CKR_PIN_INCORRECT;
  loggedIn = 1;
  return CKR_OK;
}

/* value gives an attribute of an object; CK_ULONGs live in own. */
static CK_RV value(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG *own, const void **at, CK_ULONG *length) {
  *at = own;
  *length = sizeof *own;
  switch (type) {
  case CKA_CLASS: *own = object == KEY ? CKO_PRIVATE_KEY : CKO_CERTIFICATE; return CKR_OK;
  case CKA_ID: *at = "\x01", *length = 1; return CKR_OK;
  case CKA_LABEL: *at = "签名", *length = strlen("签名"); return CKR_OK;
  case CKA_KEY_TYPE: *own = number("SM2_KEY_TYPE"); return object == KEY ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID;
  case CKA_VALUE: *at = certificate, *length = certificateLength; return object == KEY ? CKR_ATTRIBUTE_SENSITIVE : CKR_OK;
  }
  return CKR_ATTRIBUTE_TYPE_INVALID;
}

static CK_RV getAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR list, CK_ULONG count) {
  for (CK_ULONG i = 0; i < count; i++) {
    CK_ULONG own, length;
    const void *at;
    CK_RV rv = value(object, list[i].type, &own, &at, &length);
    if (rv == CKR_OK && list[i].pValue && list[i].ulValueLen < length) rv = CKR_BUFFER_TOO_SMALL;
    if (rv == CKR_OK && list[i].pValue) memcpy(list[i].pValue, at, length);
    list[i].ulValueLen = rv == CKR_OK ? length : CK_UNAVAILABLE_INFORMATION;
    if (rv != CKR_OK) return rv;
  }
  return CKR_OK;
}

/* findInit takes numbers alone, such as CKA_CLASS and CKA_KEY_TYPE: nobody here looks for texts. */
static CK_RV findInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR wanted, CK_ULONG count) {
  if (count > WANTS) return CKR_HOST_MEMORY;
  sessions[session].found = 0;
  sessions[session].wants = count;
  for (CK_ULONG i = 0; i < count; i++) {
    if (wanted[i].ulValueLen != sizeof(CK_ULONG)) return CKR_ATTRIBUTE_VALUE_INVALID;
    sessions[session].types[i] = wanted[i].type;
    memcpy(&sessions[session].values[i], wanted[i].pValue, sizeof(CK_ULONG));
  }
  return CKR_OK;
}

static int fits(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  for (CK_ULONG i = 0; i < sessions[session].wants; i++) {
    CK_ULONG own, length;
    const void *at;
    if (value(object, sessions[session].types[i], &own, &at, &length) != CKR_OK) return 0;
    if (at != &own || own != sessions[session].values[i]) return 0;
  }
  return object != KEY || loggedIn;
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG most, CK_ULONG_PTR count) {
  for (*count = 0; *count < most && sessions[session].found < CERTIFICATE;)
    if (fits(session, ++sessions[session].found)) objects[(*count)++] = sessions[session].found;
  return CKR_OK;
}

static CK_RV findFinal(CK_SESSION_HANDLE session) { return CKR_OK; }

static CK_RV signInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE object) {
  if (!loggedIn) return CKR_USER_NOT_LOGGED_IN;
  if (object != KEY) return CKR_KEY_HANDLE_INVALID;
  if (mechanism->mechanism != number("SM2_MECHANISM")) return CKR_MECHANISM_INVALID;
  if (mechanism->ulParameterLen != 0) return CKR_MECHANISM_PARAM_INVALID;
  sessions[session].signing = 1;
  return CKR_OK;
}

static int signMessage(const unsigned char *message, size_t length, unsigned char *der, size_t *out) {
  EVP_MD_CTX *md = EVP_MD_CTX_new();
  EVP_PKEY_CTX *with = EVP_PKEY_CTX_new(key, NULL);
  int ok = md && with && EVP_PKEY_CTX_set1_id(with, id, strlen(id)) > 0;
  if (ok) EVP_MD_CTX_set_pkey_ctx(md, with);
  ok = ok && EVP_DigestSignInit(md, NULL, EVP_sm3(), NULL, key) > 0 && EVP_DigestSign(md, der, out, message, length) > 0;
  EVP_MD_CTX_free(md);
  EVP_PKEY_CTX_free(with);
  return ok;
}

static int signDigest(const unsigned char *digest, unsigned char *der, size_t *out) {
  EVP_PKEY_CTX *with = EVP_PKEY_CTX_new(key, NULL);
  int ok = with && EVP_PKEY_sign_init(with) > 0 && EVP_PKEY_sign(with, der, out, digest, DIGEST) > 0;
  EVP_PKEY_CTX_free(with);
  return ok;
}

/* raw writes r || s. */
static int raw(const unsigned char *der, size_t length, unsigned char *out) {
  ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &der, length);
  int ok = both && BN_bn2binpad(ECDSA_SIG_get0_r(both), out, HALF) == HALF && BN_bn2binpad(ECDSA_SIG_get0_s(both), out + HALF, HALF) == HALF;
  ECDSA_SIG_free(both);
  return ok;
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR out, CK_ULONG_PTR size) {
  unsigned char der[LONGEST];
  size_t made = sizeof der;
  int plain = is("SM2_SIGNATURE", "raw"), digest = is("SM2_INPUT", "digest");
  CK_ULONG room = *size;
  if (!sessions[session].signing) return CKR_OPERATION_NOT_INITIALIZED;
  *size = plain ? 2 * HALF : LONGEST;
  if (!out) return CKR_OK;
  if (room < *size) return CKR_BUFFER_TOO_SMALL;
  sessions[session].signing = 0;
  if (digest && length != DIGEST) return CKR_DATA_LEN_RANGE;
  if (!(digest ? signDigest(data, der, &made) : signMessage(data, length, der, &made))) return CKR_FUNCTION_FAILED;
  if (plain) return raw(der, made, out) ? CKR_OK : CKR_FUNCTION_FAILED;
  memcpy(out, der, made);
  *size = made;
  return CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  static CK_FUNCTION_LIST ours = {
      .version = {2, 40}, .C_Initialize = initialize, .C_Finalize = finalize, .C_GetSlotList = slotList, .C_GetSlotInfo = slotInfo,
      .C_GetTokenInfo = tokenInfo, .C_GetMechanismList = mechanismList, .C_OpenSession = openSession, .C_CloseSession = closeSession,
      .C_Login = login, .C_GetAttributeValue = getAttributeValue, .C_FindObjectsInit = findInit, .C_FindObjects = find,
      .C_FindObjectsFinal = findFinal, .C_SignInit = signInit, .C_Sign = sign,
  };
  *list = &ours;
  return CKR_OK;
}
