#!/bin/sh
# A timestamp that names a fraction of a second is read as of the whole second before.
#
# rfc3161-client 1.0.9 with OpenSSL 3 as the authority (`clock_precision_digits = 6`, as RFC 3161
# 2.4.2 allows: genTime may include fractions). `tst_info.gen_time` has no microsecond, and is
# earlier than the time that the token states. Who shows it as proof that something existed "at"
# that time claims up to a second too much; "not later than the next whole second" is true.
# Seen: "Time stamp: … 23:12:08.972 2026 GMT" (openssl ts -reply -text), gen_time 23:12:08+00:00.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/python -m pip install --quiet --disable-pip-version-check rfc3161-client==1.0.9 cryptography==46.0.5

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out tsa.pem -days 30 -subj "/CN=An authority" \
	-addext "extendedKeyUsage=critical,timeStamping" 2>/dev/null
echo 01 >serial
cat >tsa.cnf <<'CONF'
[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
clock_precision_digits = 6
CONF
cat >look.py <<'PY'
import re
import subprocess
from datetime import UTC, datetime

from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

for _ in range(20):  # one in a million falls on a whole second
    open("q", "wb").write(TimestampRequestBuilder().data(b"something").build().as_bytes())
    subprocess.run("openssl ts -reply -config tsa.cnf -queryfile q -out r".split(), check=True, capture_output=True)
    told = subprocess.run("openssl ts -reply -in r -text".split(), capture_output=True, text=True).stdout
    stated = re.search(r"Time stamp: (.+) GMT", told)[1]
    read = decode_timestamp_response(open("r", "rb").read()).tst_info.gen_time
    if "." in stated:
        break
exact = datetime.strptime(stated, "%b %d %H:%M:%S.%f %Y").replace(tzinfo=UTC)
print("stated:", exact, " read:", read)
assert read.microsecond == 0 and read < exact, "it reads the fraction now"
PY
v/bin/python look.py
echo "rfc3161-client 1.0.9 drops the fraction of a second."
