"""`defenderdesk serve`: the command that starts the coordinating server.

It stands above the layers: the command line and the server know nothing of each other.
"""

from __future__ import annotations

from pathlib import Path

import click
import platformdirs

from defenderdesk import i18n
from defenderdesk.server import run


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The server's folder.",
)
@click.option("--listen", default="127.0.0.1:8470", show_default=True, metavar="HOST:PORT")
@click.option("--address", default=None, help="The host name or address that clients use.")
@click.option("--token", is_flag=True, help="Print the address with a token for one workspace, and end.")
def serve(data: Path | None, listen: str, address: str | None, token: bool) -> None:
    """Run the coordinating server; prints its URL with the pinned identity."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(i18n.text("--listen is HOST:PORT."))
    folder = data or Path(platformdirs.user_data_dir("defenderdesk", appauthor=False)) / "server"
    if token:
        click.echo(run.token(folder))
        return
    run.serve(
        folder,
        host.strip("[]") or "127.0.0.1",
        int(port),
        ready=lambda url: click.echo(url),
        public_host=address,
    )
