import java.io.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.*;
import org.apache.pdfbox.exceptions.SignatureException;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.*;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.operator.jcajce.*;

/** PDFBox1 IN OUT P12: signs invisibly with PDFBox 1.8. */
public class PDFBox1 {
    public static void main(String[] a) throws Exception {
        Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream(a[2]), "returns".toCharArray());
        String alias = keys.aliases().nextElement();
        PrivateKey key = (PrivateKey) keys.getKey(alias, "returns".toCharArray());
        Certificate[] chain = keys.getCertificateChain(alias);
        byte[] in = IOUtils.toByteArray(new FileInputStream(a[0]));
        PDDocument doc = PDDocument.load(new File(a[0]));
        PDSignature value = new PDSignature();
        value.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
        value.setSubFilter(PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
        value.setSignDate(Calendar.getInstance());
        doc.addSignature(value, new SignatureInterface() {
            public byte[] sign(InputStream content) throws SignatureException, IOException {
                try {
                    CMSSignedDataGenerator gen = new CMSSignedDataGenerator();
                    gen.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                        .build(new JcaContentSignerBuilder("SHA256WithRSA").build(key), (X509Certificate) chain[0]));
                    gen.addCertificates(new JcaCertStore(Arrays.asList(chain)));
                    return gen.generate(new CMSProcessableByteArray(IOUtils.toByteArray(content)), false).getEncoded();
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
        });
        // It reads what it signs back from its own output, and writes into the middle of it.
        try (FileOutputStream out = new FileOutputStream(a[1])) {
            out.write(in);
            doc.saveIncremental(new FileInputStream(a[1]), out);
        }
        doc.close();
    }
}
