import java.io.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.*;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.*;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.pdfbox.pdmodel.interactive.annotation.*;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.*;
import org.apache.pdfbox.pdmodel.interactive.form.*;
import org.bouncycastle.asn1.*;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.operator.jcajce.*;

/** PDFBox2 IN OUT P12 PAGE|0: signs with PDFBox 2 as its examples do; Bouncy Castle writes the CMS in BER, with indefinite lengths. */
public class PDFBox2 {
    public static void main(String[] a) throws Exception {
        Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream(a[2]), "returns".toCharArray());
        String alias = keys.aliases().nextElement();
        PrivateKey key = (PrivateKey) keys.getKey(alias, "returns".toCharArray());
        Certificate[] chain = keys.getCertificateChain(alias);
        int page = Integer.parseInt(a[3]);
        try (PDDocument doc = PDDocument.load(new File(a[0])); FileOutputStream out = new FileOutputStream(a[1])) {
            PDSignature value = new PDSignature();
            value.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            value.setSubFilter(PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
            value.setSignDate(Calendar.getInstance());
            SignatureInterface signer = content -> cms(key, chain, content);
            SignatureOptions options = new SignatureOptions();
            if (page > 0) {
                options.setVisualSignature(template(doc, page - 1));
                options.setPage(page - 1);
            }
            options.setPreferredSignatureSize(12000);
            doc.addSignature(value, signer, options);
            doc.saveIncremental(out);
        }
    }

    static byte[] cms(PrivateKey key, Certificate[] chain, InputStream content) throws IOException {
        try {
            CMSSignedDataGenerator gen = new CMSSignedDataGenerator();
            gen.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                .build(new JcaContentSignerBuilder("SHA256WithRSA").build(key), (X509Certificate) chain[0]));
            gen.addCertificates(new JcaCertStore(Arrays.asList(chain)));
            return gen.generate(new CMSProcessableByteArray(new ASN1ObjectIdentifier(CMSObjectIdentifiers()), IOUtils.toByteArray(content)), false).getEncoded();
        } catch (GeneralSecurityException | CMSException | org.bouncycastle.operator.OperatorCreationException e) {
            throw new IOException(e);
        }
    }

    static String CMSObjectIdentifiers() { return org.bouncycastle.asn1.cms.CMSObjectIdentifiers.data.getId(); }

    /** A template document with the widget to copy, as PDFBox's CreateVisibleSignature2 makes it. */
    static InputStream template(PDDocument from, int index) throws IOException {
        try (PDDocument doc = new PDDocument()) {
            PDPage page = new PDPage(from.getPage(index).getMediaBox());
            doc.addPage(page);
            PDAcroForm form = new PDAcroForm(doc);
            doc.getDocumentCatalog().setAcroForm(form);
            PDSignatureField field = new PDSignatureField(form);
            PDAnnotationWidget widget = field.getWidgets().get(0);
            form.setSignaturesExist(true);
            form.setAppendOnly(true);
            form.getCOSObject().setDirect(true);
            form.getFields().add(field);
            PDRectangle rect = new PDRectangle(330, 60, 150, 60);
            widget.setRectangle(rect);
            PDFormXObject look = new PDFormXObject(doc);
            look.setResources(new PDResources());
            look.setFormType(1);
            look.setBBox(new PDRectangle(rect.getWidth(), rect.getHeight()));
            PDAppearanceDictionary appearance = new PDAppearanceDictionary();
            appearance.getCOSObject().setDirect(true);
            PDAppearanceStream stream = new PDAppearanceStream(look.getCOSObject());
            appearance.setNormalAppearance(stream);
            widget.setAppearance(appearance);
            try (PDPageContentStream cs = new PDPageContentStream(doc, stream)) {
                cs.setStrokingColor(1f, 0f, 0f);
                cs.addRect(2, 2, 146, 56);
                cs.stroke();
                cs.beginText();
                cs.setFont(PDType1Font.HELVETICA_BOLD, 10);
                cs.newLineAtOffset(8, 30);
                cs.showText("Signed by:");
                cs.endText();
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            doc.save(out);
            return new ByteArrayInputStream(out.toByteArray());
        }
    }
}
