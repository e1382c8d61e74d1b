#!/bin/sh
# An answer whose certificates are not in DER's order is refused, although authorities send such.
#
# rfc3161-client 1.0.9. CMS (RFC 5652, 10.2.3) has the certificates of SignedData as a SET OF, which
# DER sorts by encoding; the field is outside of what is signed, and authorities in use (reported of DigiCert and
# FreeTSA; not asked here) send it unsorted. OpenSSL 3 verifies such an answer,
# `decode_timestamp_response` raises. Sorting the members before parsing changes no signed byte.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/python -m pip install --quiet --disable-pip-version-check rfc3161-client==1.0.9 cryptography==46.0.5 asn1crypto==1.5.1

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj "/CN=A root" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out tsa.csr -subj "/CN=An authority" 2>/dev/null
echo "extendedKeyUsage=critical,timeStamping" >ext
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -days 30 -extfile ext -out tsa.pem 2>/dev/null
echo 01 >serial
cat >tsa.cnf <<'CONF'
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
CONF
cat >look.py <<'PY'
import subprocess

from asn1crypto import tsp
from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response


def with_certificates(answer: bytes, backwards: bool) -> bytes:
    """The same answer, its certificates in DER's order or in the opposite one."""
    value = tsp.TimeStampResp.load(answer)
    signed = value["time_stamp_token"]["content"]
    members = sorted((one.dump() for one in signed["certificates"]), reverse=backwards)
    old = signed["certificates"].contents
    new = b"".join(members)
    assert len(old) == len(new) and answer.count(old) == 1
    return answer.replace(old, new)


open("q", "wb").write(TimestampRequestBuilder().data(b"something").build().as_bytes())
subprocess.run("openssl ts -reply -config tsa.cnf -queryfile q -out r".split(), check=True, capture_output=True)
answer = open("r", "rb").read()
for backwards in (False, True):
    told = with_certificates(answer, backwards)
    open("told", "wb").write(told)
    check = "openssl ts -verify -queryfile q -in told -CAfile ca.pem -untrusted tsa.pem".split()
    verified = subprocess.run(check, capture_output=True).returncode == 0
    try:
        decode_timestamp_response(told)
        taken = "taken"
    except Exception as error:
        taken = f"refused ({type(error).__name__}: {error})"
    print("in the opposite order" if backwards else "in DER's order", "· OpenSSL verifies:", verified, "·", taken)
    assert verified
    assert taken.startswith("refused" if backwards else "taken"), "it takes any order now"
PY
v/bin/python look.py
echo "rfc3161-client 1.0.9 refuses certificates that are not in DER's order."
