import com.lowagie.text.Rectangle;
import com.lowagie.text.pdf.*;
import java.io.*;
import java.security.*;
import java.security.cert.X509Certificate;
import java.util.*;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.operator.jcajce.*;

/** IText2 IN OUT P12 FIELD PAGE|0: appends a signature with iText 2.1.7, as its descendants and JSignPdf do. */
public class IText2 {
    public static void main(String[] a) throws Exception {
        Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream(a[2]), "returns".toCharArray());
        String alias = keys.aliases().nextElement();
        PrivateKey key = (PrivateKey) keys.getKey(alias, "returns".toCharArray());
        java.security.cert.Certificate[] chain = keys.getCertificateChain(alias);
        PdfReader reader = new PdfReader(a[0]);
        PdfStamper stamper = PdfStamper.createSignature(reader, new FileOutputStream(a[1]), '\0', null, true);
        PdfSignatureAppearance look = stamper.getSignatureAppearance();
        int page = Integer.parseInt(a[4]);
        if (page > 0) {
            look.setVisibleSignature(new Rectangle(330, 60, 480, 120), page, a[3]);
        }
        look.setLayer2Text("Digitally signed by " + common((X509Certificate) chain[0]) + "\nDate: " + new java.text.SimpleDateFormat("yyyy.MM.dd HH:mm:ss z").format(look.getSignDate().getTime()));
        look.setCrypto(null, chain, null, null);
        PdfSignature value = new PdfSignature(PdfName.ADOBE_PPKLITE, new PdfName("adbe.pkcs7.detached"));
        value.setDate(new PdfDate(look.getSignDate()));
        look.setCryptoDictionary(value);
        int room = 16000;
        HashMap<PdfName, Integer> exclude = new HashMap<>();
        exclude.put(PdfName.CONTENTS, room * 2 + 2);
        look.preClose(exclude);
        ByteArrayOutputStream covered = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        InputStream range = look.getRangeStream();
        for (int n; (n = range.read(buffer)) > 0;) covered.write(buffer, 0, n);
        // Not by its PdfPKCS7: that one names the issuer wrongly with the Bouncy Castle of today.
        CMSSignedDataGenerator gen = new CMSSignedDataGenerator();
        gen.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
            .build(new JcaContentSignerBuilder("SHA256WithRSA").build(key), (X509Certificate) chain[0]));
        gen.addCertificates(new JcaCertStore(Arrays.asList(chain)));
        byte[] der = gen.generate(new CMSProcessableByteArray(covered.toByteArray()), false).getEncoded("DER");
        byte[] padded = new byte[room];
        System.arraycopy(der, 0, padded, 0, der.length);
        PdfDictionary dict = new PdfDictionary();
        dict.put(PdfName.CONTENTS, new PdfString(padded).setHexWriting(true));
        look.close(dict);
    }

    /** The default text takes the name by itself, and fails at it with the Bouncy Castle of today. */
    static String common(X509Certificate cert) {
        return cert.getSubjectX500Principal().getName().replaceAll(".*CN=([^,]*).*", "$1");
    }
}
