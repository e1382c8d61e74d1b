"""A timestamp authority of our own for the tests: keys and certificates made here, answers by
`openssl ts`, served over loopback HTTP."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
tsa_name = yes
"""


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Tsa:
    """An authority in a folder. `purpose`: of its certificate; `days`: how long it is valid, from
    `begin` days ago on."""

    def __init__(
        self,
        folder: Path,
        name: str = "One",
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
        begin: int = 30,
        days: int = 365,
    ) -> None:
        folder.mkdir(parents=True)
        self.folder, self.name = folder, name
        start = datetime.now(UTC) - timedelta(days=begin)
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

        def named(common: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

        def cert(subject: str, public: object, ca: bool, until: datetime) -> x509.CertificateBuilder:
            return (
                x509.CertificateBuilder()
                .subject_name(named(subject))
                .issuer_name(named(f"{name} root"))
                .public_key(public)  # type: ignore[arg-type]
                .serial_number(x509.random_serial_number())
                .not_valid_before(start)
                .not_valid_after(until)
                .add_extension(x509.BasicConstraints(ca, None), critical=True)
            )

        ten_years = start + timedelta(days=3650)
        root = (
            cert(f"{name} root", root_key.public_key(), True, ten_years)
            .add_extension(
                x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
            )
            .sign(root_key, hashes.SHA256())
        )
        tsa = (
            cert(f"{name} timestamps", key.public_key(), False, start + timedelta(days=days))
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        self.root = root.public_bytes(serialization.Encoding.PEM)
        (folder / "root.pem").write_bytes(self.root)
        (folder / "tsa.pem").write_bytes(tsa.public_bytes(serialization.Encoding.PEM))
        (folder / "tsa.key").write_bytes(_pem(key))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))

    def answer(self, query: bytes) -> bytes:
        """What OpenSSL answers."""
        (self.folder / "q").write_bytes(query)
        subprocess.run(
            ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q", "-out", "r"],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        return (self.folder / "r").read_bytes()

    def resign(self, answer: bytes) -> bytes:
        """The statement of another authority's answer, signed with our key and certificate."""

        def run(*command: str) -> None:
            subprocess.run(["openssl", *command], cwd=self.folder, check=True, capture_output=True)

        (self.folder / "a").write_bytes(answer)
        run("ts", "-reply", "-in", "a", "-token_out", "-out", "t")
        run("cms", "-verify", "-noverify", "-nosigs", "-inform", "DER", "-in", "t", "-out", "tst")
        run(
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-nosmimecap",
            "-cades",
            "-in",
            "tst",
            "-econtent_type",
            "id-smime-ct-TSTInfo",
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-outform",
            "DER",
            "-out",
            "n",
        )
        token = b"\x30\x03\x02\x01\x00" + (self.folder / "n").read_bytes()
        return b"\x30\x82" + len(token).to_bytes(2, "big") + token


class Server:
    """Serves `reply(query)`; `asked` counts."""

    def __init__(self, reply: Callable[[bytes], bytes | None]) -> None:
        outer, self.asked = self, []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["content-length"]))
                outer.asked.append(query)
                data = reply(query)
                if data is None:
                    self.send_error(503)
                    return
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                try:
                    self.wfile.write(data)
                except OSError:
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self._http = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}/tsr"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
