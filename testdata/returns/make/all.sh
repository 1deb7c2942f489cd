#!/bin/sh
# all.sh SHAPE DIR: makes every return of one shape in DIR, where `WRITE_RETURNS=DIR go test ./signer/verify -run TestReturns` has put what
# was sent and the keys. It needs Debian's libitext5-java, libitext-java, libpdfbox-java, libpdfbox2-java, libcommons-logging-java,
# libbcpkix-java, poppler-utils, libnss3-tools and a JDK, `npm install @signpdf/signpdf @signpdf/placeholder-plain @signpdf/signer-p12
# zgapdfsigner @libpdf/core` beside these scripts, and pyHanko on PYTHONPATH. The classes are compiled into DIR.
set -e
shape=$1 dir=$2 make=$(cd "$(dirname "$0")" && pwd) jars=/usr/share/java
cd "$dir"
bc=$jars/bcprov.jar:$jars/bcpkix.jar:$jars/bcutil.jar
box=$jars/fontbox.jar:$jars/fontbox2.jar:$jars/commons-logging.jar

# java CLASS JAR ARGS…
run() {
  class=$1 jar=$2
  shift 2
  [ -e "$class.class" ] || javac -nowarn -d . -cp "$jars/$jar.jar:$bc" "$make/$class.java"
  java -cp ".:$jars/$jar.jar:$box:$bc" "$class" "$@"
}

field=Supplier1 page=1
[ "$shape" != form ] || field=签章 page=0
run IText5 itext5 "sent-$shape.pdf" t.pdf organization.p12 "$field" $page cms
run IText5 itext5 t.pdf "$shape--itext-5.5.13.3.pdf" employee.p12 Supplier2 0 cades
run IText2 itext "sent-$shape.pdf" t.pdf organization.p12 Supplier1 1
run IText2 itext t.pdf "$shape--itext-2.1.7.pdf" employee.p12 Supplier2 0
run PDFBox2 pdfbox2 "sent-$shape.pdf" t.pdf organization.p12 1
run PDFBox2 pdfbox2 t.pdf "$shape--pdfbox-2.0.27.pdf" employee.p12 0
# PDFBox 1.8 finds no form in the shape "form", and writes nothing.
run PDFBox1 pdfbox "sent-$shape.pdf" t.pdf organization.p12
run PDFBox2 pdfbox2 t.pdf "$shape--pdfbox-1.8.16.pdf" employee.p12 0
node "$make/zga.mjs" "sent-$shape.pdf" t.pdf organization.p12 "Signed by"
node "$make/zga.mjs" t.pdf "$shape--zgapdfsigner-2.8.0.pdf" employee.p12
node "$make/libpdf.mjs" "sent-$shape.pdf" t.pdf organization.p12
node "$make/libpdf.mjs" t.pdf "$shape--libpdf-0.4.2.pdf" employee.p12 adbe.pkcs7.detached
python3 "$make/pyhanko_sign.py" "sent-$shape.pdf" t.pdf organization.p12 "$field" 1
python3 "$make/pyhanko_sign.py" t.pdf "$shape--pyhanko-7db4e6fe.pdf" employee.p12 Supplier2
if [ "$shape" = table ]; then # The others read neither cross-reference streams nor /Fields in an object of its own.
  node "$make/signpdf.mjs" "sent-$shape.pdf" t.pdf organization.p12 visible
  node "$make/signpdf.mjs" t.pdf "$shape--signpdf-3.3.0.pdf" employee.p12
  sh "$make/pdfsig.sh" "sent-$shape.pdf" t.pdf organization
  sh "$make/pdfsig.sh" t.pdf "$shape--poppler-22.12.0.pdf" employee
fi
