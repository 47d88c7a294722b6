"""``throughline pack``: list, check, export and bring packs of procedures."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from throughline.cli import NO, OK, read_bytes, say, write_bytes
from throughline.cli.batch import write_json
from throughline.flow import bpmn
from throughline.flow.bpmn.render import LIGHT
from throughline.packs import BadPack, Pack, library
from throughline.packs.archive import digest_of, pack_bytes, pack_from
from throughline.packs.checking import complaints
from throughline.platform.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done with packs."""
    doing = parser.add_subparsers(dest="doing", required=True, metavar="list|check|export|import|pictures")
    listed = doing.add_parser("list", help="the packs of the product")
    listed.add_argument("--json", action="store_true", help="one JSON document")
    check = doing.add_parser("check", help="prove every chart of a pack, test its tables, run its scenarios")
    check.add_argument("pack", metavar="FILE|KEY", help="the file of a pack, or the key of one of the product")
    check.add_argument("--json", action="store_true", help="one JSON document")
    export = doing.add_parser("export", help="write a pack of the product as a file; with --own, procedures of yours")
    export.add_argument("keys", metavar="KEY", nargs="+", help="the key of a pack; with --own, of procedures")
    export.add_argument("-o", "--output", required=True, metavar="FILE.zip")
    export.add_argument("--own", metavar="NAME", help="make a pack of this name of your own published procedures")
    export.add_argument("--version", default="1.0", help="the version of the new pack (1.0)")
    bring = doing.add_parser("import", help="put a pack on the shelf of the library")
    bring.add_argument("file", metavar="FILE")
    pictures = doing.add_parser("pictures", help="draw every chart of the product as SVG, with a page that lists them")
    pictures.add_argument("folder", metavar="FOLDER")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    done: int = {"list": _list, "check": _check, "export": _export, "import": _import, "pictures": _pictures}[
        arguments.doing
    ](arguments)
    return done


def _list(arguments: argparse.Namespace) -> int:
    if arguments.json:
        write_json(
            [{"key": pack.key, "name": pack.name, "version": pack.version, "kind": pack.kind} for pack in library()]
        )
        return OK
    for pack in library():
        print(f"{pack.key:26} {pack.version:6} {pack.name}")  # noqa: T201
    return OK


def _check(arguments: argparse.Namespace) -> int:
    pack = _named(arguments.pack)
    found = complaints(pack)
    if arguments.json:
        listed = [{"part": each.part, "sentence": each.sentence, "error": each.is_error} for each in found]
        write_json({"pack": pack.key, "version": pack.version, "digest": digest_of(pack.files), "complaints": listed})
    else:
        for each in found:
            print(f"{'error' if each.is_error else 'warning'}: {each.part}: {each.sentence}")  # noqa: T201
        print(f"{pack.name} {pack.version}: {len(pack.scenarios)} scenarios, {len(found)} complaints.")  # noqa: T201
    return NO if any(each.is_error for each in found) else OK


def _named(name: str) -> Pack:
    known = {pack.key: pack for pack in library()}
    if name in known:
        return known[name]
    try:
        return pack_from(read_bytes(name))
    except BadPack as problem:
        raise Fault(f"{name}: {problem}") from problem


def _export(arguments: argparse.Namespace) -> int:
    if arguments.own:
        from throughline.cli.database import product

        with product():
            from throughline.core.library.exporting import pack_of
            from throughline.core.refusals import Refusal

            try:
                pack = pack_of(keys=arguments.keys, name=arguments.own, version=arguments.version)
            except Refusal as refusal:
                raise Fault(refusal.message) from refusal
    else:
        [key] = arguments.keys if len(arguments.keys) == 1 else [""]
        if not key:
            raise Fault("Name one pack to export, or make one of your procedures with --own NAME.")
        pack = _named(key)
    write_bytes(arguments.output, pack_bytes(pack))
    say(f"{pack.name} {pack.version} is in {arguments.output}.")
    return OK


def _import(arguments: argparse.Namespace) -> int:
    content = read_bytes(arguments.file)
    from throughline.cli.database import product

    with product():
        from throughline.core.actor import Actor, ActorKind
        from throughline.core.library.operations import bring_pack
        from throughline.core.refusals import Refusal

        name = Path(arguments.file).name
        try:
            brought = bring_pack(content=content, by=Actor(ActorKind.IMPORT, name, name), at=datetime.now(UTC))
        except Refusal as refusal:
            raise Fault(f"{arguments.file}: {refusal.message}") from refusal
    say(f"{brought.key} {brought.version} is on the shelf. Install it on the page Library.")
    return OK


def _pictures(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# The shipped procedures", "", "Drawn by `throughline pack pictures`; do not edit.", ""]
    for pack in sorted(library(), key=lambda each: (each.area, each.name)):
        for procedure in pack.procedures:
            drawn = bpmn.render_svg(bpmn.read(procedure.chart), colours=LIGHT, title=procedure.name)
            write_bytes(folder / f"{procedure.key}.svg", drawn.encode())
            lines += [f"## {procedure.name}", "", f"Pack `{pack.key}`. {pack.summary}", ""]
            lines += [f"![{procedure.name}]({procedure.key}.svg)", ""]
    write_bytes(folder / "README.md", "\n".join(lines).encode())
    return OK
