/* A PKCS#11 module for tests: it passes every call on to a real one (FAULTY_MODULE), and fails as the rules in FAULTY_DIR say.

   FAULTY_DIR/rules   FUNCTION ACTION TIMES a line, read at each call:
     hang             waits for ever
     crash            writes through a null pointer before the real call
     fail:CODE        returns the code (hexadecimal) instead of the real call
     late:CODE        returns the code after the real call was made
     flags:BITS       adds the bits to the flags of CK_TOKEN_INFO
     vanish           no slot holds a token, and every session is gone (FUNCTION is *)
     TIMES            how often the rule holds, over all processes; 0 means always
   FAULTY_DIR/calls   gets PROCESS FUNCTION for each call
   FAULTY_DIR/fired   gets the rule for each time that it held
   FAULTY_DIR/tries   holds how many wrong PINs the token still takes; it is lowered before a PIN is looked at, as careful
                      tokens do, and restored by the right one. At 0 the PIN is locked. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CK_PTR *
#define CK_DEFINE_FUNCTION(type, name) type name
#define CK_DECLARE_FUNCTION(type, name) type name
#define CK_DECLARE_FUNCTION_POINTER(type, name) type(*name)
#define CK_CALLBACK_FUNCTION(type, name) type(*name)
#define NULL_PTR 0
#include "pkcs11.h"

#define MAX_TRIES 10

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST ours;

static void path(char *into, size_t size, const char *name) {
  const char *dir = getenv("FAULTY_DIR");
  snprintf(into, size, "%s/%s", dir ? dir : ".", name);
}

static void append(const char *name, const char *line) {
  char file[4096];
  path(file, sizeof file, name);
  int out = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) return;
  if (write(out, line, strlen(line)) < 0) abort();
  close(out);
}

static int fired(const char *rule) {
  char file[4096], line[256];
  int count = 0;
  path(file, sizeof file, "fired");
  FILE *in = fopen(file, "re");
  if (!in) return 0;
  while (fgets(line, sizeof line, in)) count += strcmp(line, rule) == 0;
  fclose(in);
  return count;
}

/* rule finds the action for a call, and says so in fired. */
static int rule(const char *function, const char *wanted, char *action) {
  char file[4096], line[256], name[64], what[64];
  int times, found = 0;
  path(file, sizeof file, "rules");
  FILE *in = fopen(file, "re");
  if (!in) return 0;
  while (!found && fgets(line, sizeof line, in)) {
    if (sscanf(line, "%63s %63s %d", name, what, &times) != 3) continue;
    if (strcmp(name, function) != 0 || strncmp(what, wanted, strlen(wanted)) != 0) continue;
    if (times > 0 && fired(line) >= times) continue;
    append("fired", line);
    strcpy(action, what);
    found = 1;
  }
  fclose(in);
  return found;
}

static CK_RV codeOf(const char *action) { return strtoul(strchr(action, ':') + 1, NULL, 16); }

static int vanished(void) {
  char action[64];
  return rule("*", "vanish", action);
}

/* before returns what to return instead of the real call, or CKR_OK. */
static CK_RV before(const char *function) {
  char action[64], line[96];
  snprintf(line, sizeof line, "%d %s\n", (int)getpid(), function);
  append("calls", line);
  if (rule(function, "hang", action))
    for (;;) pause();
  if (rule(function, "crash", action)) {
    signal(SIGSEGV, SIG_DFL); /* Go's handler would tell it as a panic of its own. */
    *(volatile int *)0 = 1;
  }
  if (rule(function, "fail:", action)) return codeOf(action);
  return CKR_OK;
}

static CK_RV after(const char *function, CK_RV result) {
  char action[64];
  if (rule(function, "late:", action)) return codeOf(action);
  return result;
}

#define WRAP(name, parameters, arguments)                 \
  static CK_RV faulty_##name parameters {                 \
    CK_RV rv = before("C_" #name);                        \
    if (rv == CKR_OK && vanished()) rv = CKR_DEVICE_REMOVED; \
    if (rv != CKR_OK) return rv;                          \
    return after("C_" #name, real->C_##name arguments);   \
  }

WRAP(OpenSession, (CK_SLOT_ID a, CK_FLAGS b, CK_VOID_PTR c, CK_NOTIFY d, CK_SESSION_HANDLE_PTR e), (a, b, c, d, e))
WRAP(CloseSession, (CK_SESSION_HANDLE a), (a))
WRAP(GetSessionInfo, (CK_SESSION_HANDLE a, CK_SESSION_INFO_PTR b), (a, b))
WRAP(Logout, (CK_SESSION_HANDLE a), (a))
WRAP(SetPIN, (CK_SESSION_HANDLE a, CK_UTF8CHAR_PTR b, CK_ULONG c, CK_UTF8CHAR_PTR d, CK_ULONG e), (a, b, c, d, e))
WRAP(InitPIN, (CK_SESSION_HANDLE a, CK_UTF8CHAR_PTR b, CK_ULONG c), (a, b, c))
WRAP(FindObjectsInit, (CK_SESSION_HANDLE a, CK_ATTRIBUTE_PTR b, CK_ULONG c), (a, b, c))
WRAP(FindObjects, (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE_PTR b, CK_ULONG c, CK_ULONG_PTR d), (a, b, c, d))
WRAP(GetAttributeValue, (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE_PTR c, CK_ULONG d), (a, b, c, d))
WRAP(SignInit, (CK_SESSION_HANDLE a, CK_MECHANISM_PTR b, CK_OBJECT_HANDLE c), (a, b, c))
WRAP(Sign, (CK_SESSION_HANDLE a, CK_BYTE_PTR b, CK_ULONG c, CK_BYTE_PTR d, CK_ULONG_PTR e), (a, b, c, d, e))

static CK_RV faulty_Initialize(CK_VOID_PTR a) {
  CK_RV rv = before("C_Initialize");
  return rv != CKR_OK ? rv : after("C_Initialize", real->C_Initialize(a));
}

static CK_RV faulty_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  CK_RV rv = before("C_GetSlotList");
  if (rv != CKR_OK) return rv;
  if (vanished()) {
    *count = 0;
    return CKR_OK;
  }
  return real->C_GetSlotList(present, slots, count);
}

static int tries(void) {
  char file[4096];
  int left = MAX_TRIES;
  path(file, sizeof file, "tries");
  FILE *in = fopen(file, "re");
  if (!in) return left;
  if (fscanf(in, "%d", &left) != 1) left = 0;
  fclose(in);
  return left;
}

static void setTries(int left) {
  char file[4096];
  path(file, sizeof file, "tries");
  FILE *out = fopen(file, "we");
  if (!out || fprintf(out, "%d\n", left) < 0 || fclose(out) != 0) abort();
}

static CK_RV faulty_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  char action[64];
  CK_RV rv = before("C_GetTokenInfo");
  if (rv == CKR_OK && vanished()) rv = CKR_TOKEN_NOT_PRESENT;
  if (rv == CKR_OK) rv = real->C_GetTokenInfo(slot, info);
  if (rv != CKR_OK) return rv;
  int left = tries();
  if (left < MAX_TRIES) info->flags |= CKF_USER_PIN_COUNT_LOW;
  if (left == 1) info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (left == 0) info->flags |= CKF_USER_PIN_LOCKED;
  if (rule("C_GetTokenInfo", "flags:", action)) info->flags |= codeOf(action);
  return CKR_OK;
}

static CK_RV faulty_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  int left = tries();
  char line[32];
  snprintf(line, sizeof line, "%lu\n", (unsigned long)user);
  append("logins", line);
  if (user == CKU_USER && left == 0) return CKR_PIN_LOCKED;
  if (user == CKU_USER) setTries(left - 1);
  CK_RV rv = before("C_Login");
  if (rv == CKR_OK && vanished()) rv = CKR_DEVICE_REMOVED;
  if (rv == CKR_OK) rv = real->C_Login(session, user, pin, length);
  if (user == CKU_USER && (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)) setTries(MAX_TRIES);
  return after("C_Login", rv);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (!real) {
    const char *module = getenv("FAULTY_MODULE");
    void *library = module ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_C_GetFunctionList get = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : NULL;
    if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    ours = *real;
#define OVER(name) ours.C_##name = faulty_##name
    OVER(Initialize);
    OVER(GetSlotList);
    OVER(GetTokenInfo);
    OVER(OpenSession);
    OVER(CloseSession);
    OVER(GetSessionInfo);
    OVER(Login);
    OVER(Logout);
    OVER(SetPIN);
    OVER(InitPIN);
    OVER(FindObjectsInit);
    OVER(FindObjects);
    OVER(GetAttributeValue);
    OVER(SignInit);
    OVER(Sign);
  }
  *list = &ours;
  return CKR_OK;
}
