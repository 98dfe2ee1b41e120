"""`relucert report`: pages that can be walked and read, of what the checker says, whatever files hold and are called.

What pages must say comes from the writers of the certificates and from the checker, not from `verify/site`.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import warnings
from errno import ENOSPC
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from hypothesis import given, settings
from PIL import Image

from relucert.certificates.checker import check
from relucert.certificates.sentences import sentence
from relucert.certificates.writer import Yes, decision, write
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance, coloring
from relucert.reductions.problems.strip import strip
from relucert.reductions.problems.training import TrainingInstance, sample
from relucert.verify.commands.report import report
from relucert.verify.files import BadInput
from relucert.verify.problems import SEARCHES
from relucert.verify.site import build
from relucert.verify.site.depictions import depicted
from relucert.verify.site.entry import Entry, Rules, examined
from relucert.verify.sweeps.database import Row, Sweep, writing

pytestmark = pytest.mark.thorough

CORPUS = Path(__file__).parents[1] / "corpus"
VOID = {"meta", "link", "br", "img"}
SHOWN = (  # one of each kind of picture, answer and claim
    "accept/equivalence-no-through-two-reductions", "accept/coloring-yes-hypergraph", "accept/count-pigeonhole-k4",
    "accept/equivalence-circuit-yes", "accept/equivalence-set-cover-yes", "accept/equivalence-one-in-three-yes",
    "accept/equivalence-clique-to-strip-yes", "accept/equivalence-sat-to-three-sat-no", "accept/sat-groups-yes",
    "accept/equivalence-three-sat-to-vertex-cover-yes", "accept/sign-cnn-no", "accept/disagreement-yes-no",
    "accept/agreement-no", "accept/bounds-l1", "accept/enclosure-least-opt", "reject/rup-atom-unknown",
    "malformed/closing-record-missing", "unsupported/problem-unknown",
)  # fmt: skip


class Page(HTMLParser):
    """The elements of a page in order, as (tag, attributes), the text of each kind, and what is wrong with it."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.texts, self.open, self.wrong = [], {}, [], []
        self.text = path.read_text()
        self.feed(self.text)
        self.wrong += [f"{tag} is left open" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes another element")

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag] = self.texts.get(tag, "") + data

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


def run(*arguments, capsys):
    """The exit code, and the lines of standard output, as `main` shows them."""
    capsys.readouterr()
    try:
        code = report.main(args=[*map(str, arguments), "--jobs", "1"], standalone_mode=False)
    except BadInput as problem:
        return 2, [str(problem)]
    except click.ClickException as problem:
        return 2, [problem.format_message()]
    return code, capsys.readouterr().out.splitlines()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The report of SHOWN."""
    folder, out = tmp_path_factory.mktemp("certificates"), tmp_path_factory.mktemp("out") / "site"
    for name in SHOWN:
        [path] = CORPUS.glob(f"{name}.jsonl")
        shutil.copy(path, folder / f"{path.name.split('.')[0]}.cert")
    assert report.main(args=[str(folder), "-o", str(out), "--jobs", "1"], standalone_mode=False) == 3
    return out


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}


def test_there_is_a_page_for_everything(pages):
    there = {f"reductions/{name}.html" for name in CATALOGUE} | {f"problems/{name}.html" for name in PROBLEMS}
    there |= {f"certificates/{name.split('/')[1]}.html" for name in SHOWN} | {"index.html", "catalogue.html"}
    assert there <= pages.keys()
    assert all(name.startswith("coverage/") for name in pages.keys() - there)


def test_pages_are_well_formed_and_stand_alone(site, pages):
    """Every link leads to a file of the report, every fragment to an element, and nothing is fetched from elsewhere."""
    for name, page in pages.items():
        assert page.wrong == [], name
        assert not page.all("script", "iframe")
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        for attributes in page.all("a", "link", "img", "use"):
            address = attributes.get("href") or attributes.get("src") or attributes.get("xlink:href")
            if address.startswith("data:"):
                continue
            file, _, fragment = address.partition("#")
            target = (site / name).parent / file if file else site / name
            assert target.is_file(), (name, address)
            if fragment:
                there = page if not file else pages[target.resolve().relative_to(site.resolve()).as_posix()]
                assert any(attributes.get("id") == fragment for _, attributes in there.elements), (name, address)


def test_every_page_can_be_reached_from_the_first(site, pages):
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        name = waiting.pop()
        for attributes in pages[name].all("a"):
            path = ((site / name).parent / attributes["href"].partition("#")[0]).resolve()
            found = path.relative_to(site.resolve()).as_posix()
            if found in pages and found not in reached:
                reached.add(found)
                waiting.append(found)
    assert reached == pages.keys()


def test_pages_can_be_read_without_seeing_them(pages):
    """Landmarks, a language, one first heading, no level left out, tables with captions, names of pictures."""
    for name, page in pages.items():
        assert page.all("html") == [{"lang": "en"}]
        assert [len(page.all(tag)) for tag in ("header", "main", "footer", "h1", "title")][:4] == [1, 1, 1, 1]
        assert page.elements.index(("a", {"class": "skip", "href": "#main"})) < page.elements.index(("header", {}))
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
        assert all(b <= a + 1 for a, b in zip([0, *levels], levels)), (name, levels)  # noqa: B905
        tables = len(page.all("table"))
        assert len(page.all("caption")) == tables
        assert all("scope" in attributes for attributes in page.all("th"))
        for attributes in page.all("nav"):
            assert attributes.get("aria-label")
        for attributes in page.all("svg"):
            assert attributes["aria-label"]
            assert attributes["role"] in ("img", "group"), name
        for attributes in page.all("div"):  # what scrolls can be reached by the keyboard
            assert attributes["class"] != "scroll" or (attributes["tabindex"], attributes["role"]) == ("0", "region")


def luminance(color):
    """Relative luminance (WCAG 2.2) of a colour #rrggbb."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(f * v for f, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_text_stands_out_light_and_dark(site):
    """By 4.5 to 1, and lines of drawings by 3 to 1, as WCAG 2.2 (AA) has it."""
    light, dark = (site / "style.css").read_text().split("prefers-color-scheme: dark")[:2]
    pairs = [
        ("ink", "paper"),
        ("quiet", "paper"),
        ("link", "paper"),
        ("quiet", "shade"),
        ("ink", "shade"),
        ("line", "paper"),
    ]
    pairs += [(name, f"{name}-shade") for name in ("yes", "no", "bad")] + [("ink", f"hue-{i}") for i in range(8)]
    for style in (light, dark.split("\n}")[0]):
        colors = {name: luminance(value) for name, value in re.findall(r"--([\w-]+): (#\w{6})", style)}
        for one, other in pairs:
            low, high = sorted((colors[one], colors[other]))
            assert (high + 0.05) / (low + 0.05) >= (3 if one == "line" else 4.5), (one, other)


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_says_what_the_checker_says(site, pages, name):
    stem = name.split("/")[1]
    page = pages[f"certificates/{stem}.html"]
    path = site / "certificates" / f"{stem}.cert"
    with open(path, "rb") as stream:
        verdict = check(stream)
    assert path.read_bytes() == next(CORPUS.glob(f"{name}.jsonl")).read_bytes()
    assert verdict.verdict in page.texts["span"]
    said = " ".join(page.texts["main"].split())
    assert f"relucert check certificates/{stem}.cert" in said
    if verdict.proved is None:
        assert verdict.reason in said
        assert "What is proved" not in said
    else:
        assert sentence(verdict.claim, verdict.proved)[1:] in said
        assert verdict.answer in page.texts["span"]
        assert ("Proof in outline" in said) == (verdict.steps > 0)


def circles(page, mark):
    return [c for c in page.all("circle", "rect") if re.search(rf"\b{mark}\b", c.get("class", ""))]


def test_pictures_show_the_instance_and_its_solution(pages):
    """Counted against the certificates, whose first two lines say what is there."""

    def lines(stem):
        return [json.loads(line) for line in (CORPUS / f"accept/{stem}.jsonl").read_text().splitlines()]

    claim, witness, *_ = lines("coloring-yes-hypergraph")
    page, graph = pages["certificates/coloring-yes-hypergraph.html"], claim["instance"]
    larger = [e for e in graph["edges"] if len(e) > 2]
    assert (len(circles(page, "vertex")), len(circles(page, "hyperedge"))) == (graph["vertices"], len(larger))
    drawn = len(graph["edges"]) - len(larger) + sum(map(len, larger))
    assert len([line for line in page.all("line") if line["class"] == "edge"]) == drawn
    for color in set(witness["witness"]):
        assert len(circles(page, f"hue-{color}")) == witness["witness"].count(color)
    claim, witness, image, _ = lines("equivalence-three-sat-to-vertex-cover-yes")
    page = pages["certificates/equivalence-three-sat-to-vertex-cover-yes.html"]
    assert len(circles(page, "chosen")) == len(image["witness"])
    true = set(witness["witness"])
    holds = sum((x > 0) == (abs(x) in true) for clause in claim["source"]["clauses"] for x in clause)
    assert page.text.count('<b class="true">') == holds
    page = pages["certificates/equivalence-one-in-three-yes.html"]
    assert 'class="plot"' in page.text
    assert "var(--ink)" in page.text
    assert "#010203" not in page.text


def test_the_catalogue_is_a_graph_of_links(pages):
    page = pages["catalogue.html"]
    [svg] = page.all("svg")
    assert svg["role"] == "group"
    drawn = page.text[page.text.index("<svg") : page.text.index("</svg>")]
    links = re.findall(r'<a href="([^"]+)"', drawn)
    assert {link for link in links if "#" not in link and link.startswith("problems/")} == {
        f"problems/{name}.html" for name in PROBLEMS
    }
    pairs = {(cls().source.name, cls().target.name) for cls in CATALOGUE.values()}
    assert len(links) == len(PROBLEMS) + len(pairs)
    for name, cls in CATALOGUE.items():
        own = pages[f"reductions/{name}.html"]
        assert len(own.all("math")) == len(cls().sizes)
        assert cls().reference in own.texts["dd"]
        assert cls().source.name in own.texts["a"]
        assert cls().target.name in own.texts["a"]


def test_coverage_counts(pages):
    page = pages["coverage/coloring-to-relu-network.html"]
    assert "1 certificate" in page.texts["p"]
    assert "vertices 3" in page.texts["th"]
    assert "100 %" in page.texts["td"]
    assert "The checker accepts 15 of them, and not the other 3." in pages["index.html"].texts["p"]


# ---------------------------------------------------------------------------------------------------------- what comes


def path_of(n, colors=3):
    return coloring(n, [(v, v + 1) for v in range(n - 1)], colors)


def certificate(n, colors=3):
    """A path of n vertices in so many colours."""
    stream = BytesIO()
    write(stream, decision(HYPERGRAPH_COLORING, path_of(n, colors), Yes(tuple(v % 2 for v in range(n)))))
    return stream.getvalue()


def cert(path, n=3, colors=3):
    path.write_bytes(certificate(n, colors))


def test_what_is_not_trusted_is_escaped(tmp_path, capsys):
    name = '<script>alert("1")</script> & Ü.cert'.replace("/", "∕")
    cert(tmp_path / name)
    text = (CORPUS / "accept/agreement-no.jsonl").read_text()
    claim, rest = text.split("\n", 1)
    evil = json.dumps(json.loads(claim) | {"remark": "<img src=x onerror=1>"}, sort_keys=True, separators=(",", ":"))
    (tmp_path / "remark.cert").write_text(f"{evil}\n{rest}")
    assert run(tmp_path, "-o", tmp_path / "site", capsys=capsys)[0] == 0
    for path in (tmp_path / "site").rglob("*.html"):
        page = Page(path)
        assert page.wrong == []
        assert not page.all("script", "img")
    assert "&lt;img src=x onerror=1&gt;" in (tmp_path / "site/certificates/remark.html").read_text()


def test_long_lists_have_pages(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(build, "PAGE", 4)
    (tmp_path / "a").mkdir()
    cert(tmp_path / "a" / "000.cert")
    for i in range(1, 9):
        shutil.copy(tmp_path / "a" / "000.cert", tmp_path / "a" / f"{i:03}.cert")
    assert run(tmp_path / "a", "-o", tmp_path / "site", capsys=capsys)[0] == 0
    found = [Page(tmp_path / f"site/coverage/hypergraph-coloring{end}.html") for end in ("", "-2", "-3")]
    names = [re.findall(r">(\d{3}\.cert)<", page.text) for page in found]
    assert [len(part) for part in names] == [4, 4, 1]
    assert [name for part in names for name in part] == [f"{i:03}.cert" for i in range(9)]
    for page in found:
        assert len([nav for nav in page.all("nav") if "Pages" in nav["aria-label"]]) == 2
        assert [span for span in page.all("span") if span.get("aria-current") == "page"]


def test_the_same_certificates_give_the_same_bytes_and_take_the_place_of_the_old(tmp_path, capsys):
    cert(tmp_path / "one.cert")
    cert(tmp_path / "two.cert", 4)
    code, lines = run(tmp_path, "-o", tmp_path / "site", capsys=capsys)
    assert (code, lines) == (0, ["2 certificates: 2 accepted", f"wrote {tmp_path / 'site'}/index.html"])

    def files():
        return {path: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}

    first = files()
    assert run(tmp_path, "-o", tmp_path / "site", capsys=capsys) == (0, lines)  # copies in the report are not read
    assert files() == first
    (tmp_path / "two.cert").unlink()
    assert run(tmp_path, "-o", tmp_path / "site", capsys=capsys)[0] == 0
    assert not (tmp_path / "site/certificates/two.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.cert", "site"]


def cert_in_a_new_folder(folder):
    folder.mkdir()
    cert(folder / "mine.cert")


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda folder: cert_in_a_new_folder(folder / "site"), "no report: give -o a new folder"),
        (lambda folder: (folder / "site").touch(), "no report: give -o a new folder"),
        (lambda folder: shutil.rmtree(folder / "in"), "in: No such file or directory"),
        (lambda folder: (folder / "in/one.cert").unlink(), "in: there is no certificate below this folder"),
        (lambda folder: (folder / "in/.two.cert").touch(), ".two.cert: this certificate is hidden"),
        (lambda folder: (folder / "site").symlink_to("in"), "in: this is in the folder of the report"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_nothing_is_written(tmp_path, capsys, prepare, reason):
    (tmp_path / "in").mkdir()
    cert(tmp_path / "in" / "one.cert")
    prepare(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code, [line] = run(tmp_path / "in", "-o", tmp_path / "site", capsys=capsys)
    assert code == 2
    assert reason in line
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_is_one_line_and_the_old_report_stays(tmp_path, capsys, monkeypatch):
    cert(tmp_path / "one.cert")
    assert run(tmp_path, "-o", tmp_path / "site", capsys=capsys)[0] == 0
    before = {path: path.is_dir() or path.read_bytes() for path in tmp_path.rglob("*")}

    def full(*_):
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(tmp_path, "-o", tmp_path / "site", capsys=capsys) == (
        2,
        [f"{tmp_path / 'site'}: No space left on device"],
    )
    assert {path: path.is_dir() or path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_a_lemma_is_readable():
    """Two thresholds are 1 in a stripe of one of two slopes: a conjunction of inequalities for each, or the other."""
    data = (CORPUS / "lemmas/stripe-2.jsonl.gz").read_bytes()
    _, details = examined(Entry("stripe", "stripe"), data, Rules(), None, None)
    assert len(details.stated) == len(json.loads(gzip.decompress(data).splitlines()[0])["property"])
    start = "(4·w1,1 − 2·w1,2 + b1 ≤ 0 and − 4·w1,1 − 2·w1,2 − b1 < 0 and − 4·w1,1 − 2·w1,2 + b1 ≤ 0 and"
    assert details.stated[0].startswith(start)
    assert "  or  (" in details.stated[0]


def test_limits_and_verdicts_are_said(tmp_path, capsys):
    cert(tmp_path / "one.cert")
    out = tmp_path / "site"
    code, lines = run(tmp_path, "-o", out, "--work-limit", 10, "--json", capsys=capsys)
    said = json.loads(lines[0])
    assert (code, said["verdict"], said["counts"]) == (3, "resource-limit", {"resource-limit": 1})
    code, lines = run(tmp_path, "-o", out, "--byte-limit", 10, capsys=capsys)
    assert (code, lines[0]) == (3, "one.cert: resource-limit: the file has more than 10 bytes")
    (tmp_path / "two.cert").write_text("-----BEGIN CERTIFICATE-----\n")
    assert run(tmp_path, "-o", out, capsys=capsys)[1][0] == "1 certificate: 1 accepted"


@pytest.mark.parametrize("name", PROBLEMS)
def test_whatever_an_instance_is_it_has_a_picture_or_a_table(name):
    """With and without a solution, which is looked for by a search that knows nothing of pictures."""
    search, shown, slow = SEARCHES[name], [], ("training", "two-hyperplane-separability")

    @settings(max_examples=6)
    @given(search.instances())
    def law(instance):
        witness = search.by_brute_force(instance) if name not in slow else None
        for solution in {None, witness}:
            depiction = depicted(PROBLEMS[name], instance, solution)
            if depiction.picture:
                assert ElementTree.fromstring(depiction.picture).tag.endswith("svg")
            assert depiction.picture or depiction.clauses or depiction.rows or depiction.note
            shown.append(depiction)

    law()
    assert any(one.picture or one.clauses or one.rows for one in shown)


def test_what_floating_point_cannot_hold_is_said():
    for far in (10**400, 17 * 10**307):
        depiction = depicted(PROBLEMS["two-hyperplane-strip"], strip([(0,), (far,)], [(-far,)]))
        assert (depiction.picture, depiction.note) == ("", "some number is too large to be drawn")
        samples = TrainingInstance(1, 1, (sample([far], 0), sample([-far], 1)))
        depiction = depicted(PROBLEMS["training"], samples)
        assert (depiction.picture, len(depiction.rows)) == ("", 2)
        assert "too large" in depiction.note


def test_a_graph_of_many_vertices_is_a_note_and_not_a_list():
    """A certificate of a few bytes may be about 2^59 vertices."""
    depiction = depicted(PROBLEMS["hypergraph-coloring"], ColoringInstance(2**59, ((0, 1),), 2))
    assert (depiction.picture, depiction.rows) == ("", (("0", "0, 1"),))
    assert "too many to be drawn" in depiction.note


# -------------------------------------------------------------------------------------------------------------- sweeps


def swept(path, rows, total=None):
    """A file of a sweep: rows are (number of vertices, answer, certificate)."""
    what = Sweep(
        "coloring-to-relu-sum", {}, "hypergraph-coloring", "training", {"colors": 3}, "graphs", 9, "equivalence"
    )
    with writing(str(path), what) as database:
        if total is not None:
            database.set_total(total)
        for number, (n, answer, data) in enumerate(rows):
            instance = "".join(HYPERGRAPH_COLORING.canonical(path_of(n)))
            reason = "time: the limit was reached" if answer == "UNKNOWN" else ""
            database.add(Row(number, n, instance, f"{number}", answer, reason, "accepts", 0.25), data)


def test_a_sweep_is_shown_with_what_it_left_open(tmp_path, capsys):
    swept(tmp_path / "paths.db", [(2, "YES", certificate(2)), (3, "YES", certificate(3)), (4, "UNKNOWN", None)], 7)
    code, lines = run(tmp_path / "paths.db", "-o", tmp_path / "site", capsys=capsys)
    assert (code, lines[0]) == (3, "paths-2: UNKNOWN: time: the limit was reached")
    index = Page(tmp_path / "site/index.html")
    assert "paths.db" in index.texts["th"]
    assert re.search("graphs937", index.texts["td"])  # the family, its bound, 3 instances of 7
    page = Page(tmp_path / "site/coverage/coloring-to-relu-sum.html")
    assert re.findall(r"vertices (\d)", page.texts["th"]) == ["2", "3", "4"]
    assert page.texts["span"].count("UNKNOWN") == 2  # in the sum and in the list
    assert "1 without an answer" in page.texts["caption"]
    assert "time: the limit was reached" in page.texts["td"]
    unknown = Page(tmp_path / "site/certificates/paths-2.html")
    assert len(circles(unknown, "vertex")) == 4
    assert "relucert check" not in unknown.texts["main"]
    assert "0.25 s" in unknown.texts["dd"]


def test_a_row_of_a_sweep_is_believed_nothing(tmp_path, capsys):
    """What its certificate proves is what counts."""
    rows = [
        (2, "NO", certificate(2)),
        (3, "YES", certificate(4)),
        (4, "YES", certificate(4)[:-5]),
        (5, "REFUTED", None),
    ]
    swept(tmp_path / "paths.db", rows)
    code, lines = run(tmp_path / "paths.db", "-o", tmp_path / "site", capsys=capsys)
    assert code == 3
    assert [line.split(": ", 2)[1:] for line in lines[:3]] == [
        ["rejected", "the certificate is valid, but it proves YES, and its row says NO"],
        ["rejected", "the certificate is valid, but it is about another instance than its row"],
        ["malformed", "line 3: the certificate is truncated: its last line does not end"],
    ]
    assert lines[3].startswith("paths-3: UNKNOWN")


# --------------------------------------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def chromium():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        warnings.warn(
            "there is no Chromium here, so no page of a report was drawn: apt-get install chromium", stacklevel=1
        )
        pytest.skip("no Chromium")
    return found


def drawn(chromium, page, folder, width, dark):
    picture = folder / "page.png"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
    ]
    options += [f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"--window-size={width},900"]
    subprocess.run(
        [chromium, *options, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True, timeout=120
    )
    return Image.open(picture).convert("RGB")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "catalogue", "certificates/equivalence-one-in-three-yes"])
def test_pages_are_drawn_light_and_dark_wide_and_narrow(site, chromium, tmp_path, name):
    """Papers as the style sheet has them, nothing to the right of a narrow window, and something on the paper."""
    for width in (1200, 500):
        for dark, paper in ((False, (255, 255, 255)), (True, (0x14, 0x17, 0x1B))):
            picture = drawn(chromium, site / f"{name}.html", tmp_path, width, dark)
            assert picture.size == (width, 900)
            colors = dict(map(reversed, picture.getcolors(1 << 20)))
            assert max(colors, key=colors.get) == paper
            assert 0.5 < colors[paper] / (width * 900) < 0.99
            assert {picture.getpixel((width - 3, y)) for y in range(900)} == {paper}


@pytest.mark.slow
def test_every_certificate_of_the_corpus_has_its_page(tmp_path, capsys):
    for folder, code in (("accept", 0), ("lemmas", 0), ("reject", 1), ("unsupported", 3)):
        (tmp_path / folder).mkdir()
        names = [path for path in (CORPUS / folder).iterdir() if ".jsonl" in path.name]
        for path in names:
            shutil.copy(path, tmp_path / folder / path.name.replace(".jsonl", ".cert"))
        assert run(tmp_path / folder, "-o", tmp_path / "site", capsys=capsys)[0] == code
        pages = list((tmp_path / "site/certificates").glob("*.html"))
        assert len(pages) == len(names)
        for path in pages:
            page = Page(path)
            assert page.wrong == []
            assert "which is a bug" not in page.text


@pytest.mark.slow
def test_five_thousand_certificates_are_a_short_first_page_and_lists(tmp_path, capsys):
    swept(tmp_path / "paths.db", [(2 + i % 5, "YES", certificate(2 + i % 5)) for i in range(5000)], 5000)
    assert run(tmp_path / "paths.db", "-o", tmp_path / "site", capsys=capsys)[0] == 0
    index, *lists = [tmp_path / "site/index.html", *(tmp_path / "site/coverage").iterdir()]
    assert len(lists) == 5000 // build.PAGE
    assert index.stat().st_size < 10_000
    assert max(path.stat().st_size for path in lists) < 100_000
