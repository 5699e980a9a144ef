"""`export`: the FAQ becomes a file for other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.commands.import_faq import add_format, known_format
from bot.commands.options import FINE, load_files

HELP = "write the FAQ to a spreadsheet or a web page"
DESCRIPTION = (
    "Write all entries to a table (CSV, XLSX) or a page (Markdown, HTML with schema.org FAQPage), "
    "and say what of them it cannot hold. `import` reads such a file again."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the file that is written."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what is written")
    add_format(parser, "csv, xlsx, markdown or faqpage (default: by FILE's ending)")


def run(options: argparse.Namespace) -> int:
    """Write the file; what it cannot hold is told first."""
    from bot.authoring.transfer.formats import format_of_name, written_formats
    from bot.authoring.transfer.transfer import export_faq, may_be_written, write_file

    form = known_format(options.format, written_formats()) or format_of_name(options.file)
    may_be_written(options.file, replaces=options.force)
    _, faq = load_files(options)
    data, left = export_faq(faq, form)
    for text in left:
        print(f"{options.file}: {text}", file=sys.stderr)
    write_file(options.file, data, replaces=options.force)
    many = len(faq.entries)
    print(f"{options.file}: {many} {'entry' if many == 1 else 'entries'}.")
    return FINE
