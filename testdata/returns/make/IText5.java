import com.itextpdf.text.Rectangle;
import com.itextpdf.text.pdf.*;
import com.itextpdf.text.pdf.security.*;
import java.io.*;
import java.security.*;
import java.security.cert.Certificate;

/** IText5 IN OUT P12 FIELD PAGE|0 cms|cades: appends a signature with iText 5; page 0 is invisible. */
public class IText5 {
    public static void main(String[] a) throws Exception {
        Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream(a[2]), "returns".toCharArray());
        String alias = keys.aliases().nextElement();
        PrivateKey key = (PrivateKey) keys.getKey(alias, "returns".toCharArray());
        Certificate[] chain = keys.getCertificateChain(alias);
        PdfReader reader = new PdfReader(a[0]);
        PdfStamper stamper = PdfStamper.createSignature(reader, new FileOutputStream(a[1]), '\0', null, true);
        PdfSignatureAppearance look = stamper.getSignatureAppearance();
        int page = Integer.parseInt(a[4]);
        if (page > 0) {
            look.setVisibleSignature(new Rectangle(330, 60, 480, 120), page, a[3]);
        } else if (reader.getAcroFields().getFieldItem(a[3]) != null) {
            look.setVisibleSignature(a[3]);
        }
        MakeSignature.signDetached(look, new BouncyCastleDigest(), new PrivateKeySignature(key, "SHA-256", "BC"), chain, null, null, null, 0,
            a[5].equals("cades") ? MakeSignature.CryptoStandard.CADES : MakeSignature.CryptoStandard.CMS);
    }
}
