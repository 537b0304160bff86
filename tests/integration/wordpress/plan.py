"""What the real WordPress holds and how every post of it must end.

Written before the crawl that must meet it. Three kinds of posts:

* **ordinary** posts, one for each page of ``../shared/data/pages`` with a gold body
  (sets ``scrapinghub`` and ``fundus``): the aggregator's copy is made from the gold
  body (:data:`COPIES`), the attribution leads to the page itself, the answer is
  ``original`` but for the pages that :data:`BY_READING` names;
* **decoys** (:data:`DECOYS`): the copy of one page, linked to another real article;
* **planted faults** (:data:`FAULTS`): synthetic copies whose original cannot be had,
  each for one reason of the closed list.

Pages are named, never quoted: nothing of them enters the project.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BY_READING",
    "COPIES",
    "DECOYS",
    "DOWNLOAD_MAXSIZE",
    "DOWNLOAD_TIMEOUT",
    "DUPLICATE_PAGES",
    "FAULTS",
    "FIRST_DAY",
    "LAST_DAY",
    "MOVED",
    "SETS",
    "TIMEZONE",
    "Decoy",
    "Fault",
    "Verdict",
]

#: Sets of ``gold.jsonl`` whose bodies are human or reviewed.
SETS = ("scrapinghub", "fundus")

#: WordPress's time zone: not UTC, no full hour, with summer time.
TIMEZONE = "America/St_Johns"

#: The site's first and last post, UTC: three years.
FIRST_DAY = "2022-07-01T04:10:00Z"
LAST_DAY = "2025-06-30T21:40:00Z"

#: Settings of the crawl that the faults are made for. A busy machine takes ten seconds for a page of the API.
DOWNLOAD_TIMEOUT = 25
DOWNLOAD_MAXSIZE = 4_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a post must end. ``or_else``: a second ending that is as right (outcome, reason)."""

    outcome: str
    reason: str | None = None
    or_else: tuple[str, str | None] | None = None

    def admits(self, outcome: str | None, reason: str | None) -> bool:
        """Whether a record's *outcome* and *reason* are the planned ones."""
        return (outcome, reason) in ((self.outcome, self.reason), self.or_else)


ORIGINAL = Verdict("original")
PAYWALL = Verdict("original_partial", "paywall")

#: Pages that are no plain ``original``, found by reading them. Pages that call themselves
#: not free but hold their whole article (a dozen) are ``original`` with ``paywalled`` set.
BY_READING: dict[str, Verdict] = {
    # The text breaks off after two paragraphs at an offer to subscribe.
    "scrapinghub-042bb7b5fedab6ea": PAYWALL,
    "scrapinghub-7ab16ade32386ece": PAYWALL,
    # The document holds a headline; the article stands in a script's data. Whoever
    # reads that data has the original, whoever does not needs a browser.
    "fundus-kr-HankookIlbo_2026_01_29": Verdict("original", None, ("post_only", "needs_browser")),
}

#: Pages left out: the same address as another page, saved a year earlier.
DUPLICATE_PAGES = frozenset({"fundus-de-Taz_2023_04_28"})


#: Pages that the attribution links by another address, which redirects to them, and how: ``here`` (301 on the
#: publisher's own host), ``chain`` (two of those), ``elsewhere`` (302 from a shortener's host). All ``original``.
MOVED: dict[str, str] = {
    "fundus-at-ORF_2024_11_22": "here",
    "fundus-uk-BBC_2026_04_25": "here",
    "fundus-us-TechCrunch_2024_04_28": "chain",
    "fundus-de-Tagesschau_2023_04_28": "elsewhere",
    "fundus-pl-Rzeczpospolita_2026_04_19": "elsewhere",
}


#: How copies are made from gold bodies, in turn. A copy that was the gold itself throughout would tell the crawl,
#: which holds the copy against the page, what it is then judged by. ``whole``: as it is; ``abridged``: every fifth
#: paragraph left out and a note of the aggregator's own added; ``opening``: the first third; ``edited``: every
#: twentieth word another. Pages of :data:`BY_READING` and short ones are ``whole``.
COPIES = ("whole", "abridged", "opening", "edited")


@dataclass(frozen=True, slots=True)
class Decoy:
    """The post copies *post* and links *link* (names of pages)."""

    post: str
    link: str


#: The first five are the harder ones: two publishers on the same event.
DECOYS: tuple[Decoy, ...] = (
    Decoy("scrapinghub-c7e39ac49fa1235f", "scrapinghub-dc7ccccc1f34eb29"),
    Decoy("scrapinghub-7a664e40d256470f", "scrapinghub-82b6d780c792df78"),
    Decoy("scrapinghub-14cc2a0ca59c62a8", "scrapinghub-f344ca5fb36e130f"),
    Decoy("scrapinghub-2c46804d9db4a85e", "scrapinghub-51d066b0602c9421"),
    Decoy("scrapinghub-432362af0be43f6d", "scrapinghub-ea25dd7edff4d279"),
    Decoy("fundus-de-Golem_2024_04_28", "fundus-de-Golem_2025_09_09"),
    Decoy("fundus-us-Reuters_2023_05_16", "fundus-us-Reuters_2024_03_07"),
    Decoy("fundus-jp-TokyoShimbun_2025_01_13", "fundus-jp-SankeiShimbun_2025_01_21"),
    Decoy("fundus-fr-EuronewsFR_2024_04_30", "fundus-fr-EuronewsFR_2026_01_06"),
    Decoy("scrapinghub-06ee193de4bd611f", "scrapinghub-3cb22bfabed8de71"),
)
DIFFERENT = Verdict("post_only", "different_article")


@dataclass(frozen=True, slots=True)
class Fault:
    """A post whose original cannot be had.

    ``behaviour`` is what the publisher's server does (``publishers.py``) or, where no
    request is due, how the attribution is written (``world.py``).
    """

    name: str
    behaviour: str
    verdict: Verdict
    publisher: str
    title: str
    text: tuple[str, ...]


def _post_only(reason: str) -> Verdict:
    return Verdict("post_only", reason)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "gone-404",
        "status-404",
        _post_only("http_404"),
        "Millbrook Courier",
        "Millbrook council keeps its night bus for another year",
        (
            "The night bus that links Millbrook's hospital with the railway station will run for another year, the "
            "town "
            "council decided on Tuesday by nine votes to four.",
            "Nurses had collected some six hundred signatures after a plan to end the service in spring became known. "
            "The bus costs the town about forty thousand a year, half of which fares bring back.",
            "A second vote, on longer hours at weekends, was put off until the autumn.",
        ),
    ),
    Fault(
        "gone-410",
        "status-410",
        _post_only("http_410"),
        "Harbour Sentinel",
        "Ferry timetable shrinks as the old pier is rebuilt",
        (
            "Passengers to the islands will find three ferries a day instead of seven while the eastern pier is being "
            "rebuilt, the harbour office announced.",
            "Divers had reported cracks in eleven of the forty pillars. Work begins after Easter and should last "
            "until the "
            "herring season.",
            "Islanders with a season ticket may use the mail boat without paying again.",
        ),
    ),
    Fault(
        "forbidden-403",
        "status-403",
        _post_only("http_403"),
        "Upland Ledger",
        "Sheep farmers ask for a later start of the hunting season",
        (
            "Farmers in the uplands want the hunting season to begin two weeks later, when most flocks have come "
            "down from "
            "the high pastures.",
            "Last year nine ewes were lost after dogs had driven them over a quarry's edge, said the chairwoman of the "
            "breeders' union, who farms above the reservoir.",
            "The hunters' club called the proposal worth a talk but not a law.",
        ),
    ),
    Fault(
        "broken-500",
        "status-500",
        _post_only("http_500"),
        "Canal Street Times",
        "Lock keepers' cottage becomes a library for boats",
        (
            "A cottage beside the fourth lock, empty since its last keeper retired, is to become a lending library for "
            "people who live on boats.",
            "Readers will borrow at one lock and return at another; a trial with two shelves has lost only five "
            "books in "
            "eighteen months.",
            "The trust that owns the canal pays for the roof, volunteers for everything else.",
        ),
    ),
    Fault(
        "overloaded-503",
        "status-503",
        _post_only("http_503"),
        "Prairie Dispatch",
        "Grain elevator at the old junction goes under the hammer",
        (
            "The wooden grain elevator at the old junction, one of the last of its kind in the county, will be "
            "auctioned "
            "in June.",
            "Bids start at one dollar, but whoever wins must move the building or restore it within five years, and a "
            "survey puts the cheaper of both at half a million.",
            "A museum forty miles away has said that it is interested in the machinery alone.",
        ),
    ),
    Fault(
        "robots-denied",
        "robots",
        _post_only("robots"),
        "Cliffside Review",
        "Lighthouse opens its stairs to visitors after sixty years",
        (
            "Two hundred and twelve steps lead to the lamp of the cliff lighthouse, and from May everyone may climb "
            "them.",
            "The lamp has worked without a keeper since the sixties. School classes go first; after them ten "
            "visitors an "
            "hour are let in, for fear of the wind on the gallery.",
            "Whoever gets dizzy can watch the pictures of a camera in the former coal store.",
        ),
    ),
    Fault(
        "slow",
        "slow",
        _post_only("timeout"),
        "Glacier Valley News",
        "Cable car's new cabins arrive by helicopter",
        (
            "Eight new cabins for the valley's cable car were flown in on Friday because the road is closed by a "
            "landslide.",
            "Each of them carries twelve people and a dog, four more people than the old ones, which date from the "
            "year "
            "of the winter games.",
            "The first ride is promised for the day of the village's patron saint.",
        ),
    ),
    Fault(
        "reset",
        "reset",
        _post_only("connection"),
        "Marshland Observer",
        "Storks return to a chimney that is no longer there",
        (
            "A pair of storks that has nested on the brickworks' chimney for a decade circled over rubble when it "
            "came back "
            "from the south.",
            "The chimney was blown up in January. Bird lovers set up a mast with a wheel on it within a day, and by "
            "Sunday "
            "the first twigs lay there.",
            "The brickworks' owner has promised to pay for the mast.",
        ),
    ),
    Fault(
        "truncated",
        "truncated",
        _post_only("truncated"),
        "Quayside Gazette",
        "Fish market moves indoors and loses its auction bell",
        (
            "From Monday the catch is sold in the new hall, by screens instead of by the bell that had hung over "
            "the quay "
            "since the hungry years.",
            "Skippers expect better prices, because buyers from inland can take part. The bell goes to the chapel, "
            "where "
            "it will be rung for those who stay at sea.",
            "Retailers grumble that nobody can smell a screen.",
        ),
    ),
    # No reason of the closed list says "redirects without end": the last answer's status does.
    Fault(
        "redirect-loop",
        "loop",
        _post_only("http_302"),
        "Roundabout Weekly",
        "Town with nineteen roundabouts plans its twentieth",
        (
            "Nowhere in the country are there more roundabouts to the mile, and now the ring road is to get one more.",
            "The traffic office counts a third fewer accidents than at the crossings of old. Cyclists doubt the "
            "figure, "
            "since they have long been taking other ways.",
            "In the middle of the newest, a sculptor will show a snail as high as a bus.",
        ),
    ),
    Fault(
        "redirect-private",
        "private",
        _post_only("refused"),
        "Borough Mirror",
        "Borough switches off every second street lamp after midnight",
        (
            "To save power the borough lets every second lamp go dark between one and five in the morning.",
            "Two streets near the clinic are left out, and so is the underpass where a walker fell last winter. The "
            "saving "
            "is put at ninety thousand a year.",
            "Astronomers of the adult college applauded in the gallery.",
        ),
    ),
    Fault(
        "redirect-elsewhere",
        "elsewhere",
        DIFFERENT,
        "Sandbank Herald",
        "Beach huts are raffled because nobody will give one up",
        (
            "Four hundred families want one of the sixty beach huts, and hardly any tenant ever leaves. From this "
            "summer a "
            "draw decides over ten of them each year.",
            "Tenants of long standing have gone to court. They painted the huts, they say, replaced the boards and "
            "know "
            "every neighbour's grandchildren.",
            "The mayor, who has no hut, calls the draw fair.",
        ),
    ),
    Fault(
        "pdf",
        "pdf",
        _post_only("not_article"),
        "Archive Quarterly",
        "Map of the drowned villages found in a parish chest",
        (
            "A map of three villages that the sea took in a single night has come to light under altar cloths.",
            "It shows houses with the names of their owners, a mill and a well, and settles a quarrel among historians "
            "over where the third of the churches stood.",
            "The parish will lend it to the county's archive for copying.",
        ),
    ),
    # Written as not_article at first. An answer without a byte is rather one that broke off: it is asked for again.
    Fault(
        "empty",
        "empty",
        _post_only("truncated"),
        "Blank Hill Post",
        "Snow fences along the pass are to be planted, not built",
        (
            "Rows of spruce shall keep the drifts off the pass road, where wooden fences have had to be mended each "
            "spring.",
            "Foresters reckon with fifteen years until the trees stand high enough. Until then the fences stay, "
            "paid for "
            "by the timber that thinning brings.",
            "A first row of two miles is planted in October by schoolchildren.",
        ),
    ),
    Fault(
        "script-shell",
        "shell",
        _post_only("needs_browser"),
        "Appfront Daily",
        "Bakery sells yesterday's bread from a vending machine",
        (
            "Whoever wants bread at night can get it at the market square from a machine which a baker has filled with "
            "what was left over in the evening.",
            "A loaf costs a third. Some sixty a night are sold, most of them between two and four, when the shifts "
            "change "
            "at the bottling plant.",
            "The profit goes to the music school, whose cellos need new strings.",
        ),
    ),
    Fault(
        "login-wall",
        "login",
        _post_only("login"),
        "Members' Chronicle",
        "Chess club wins its league with a team of pensioners",
        (
            "With an average age of seventy-one the second team of the chess club has won the district league, "
            "ahead of "
            "three university sides.",
            "At the top board a retired bus driver lost none of his nine games. His secret, he said, was to have slept "
            "well and to be in no hurry.",
            "Promotion means longer journeys, which the club will discuss.",
        ),
    ),
    Fault(
        "no-attribution",
        "unattributed",
        _post_only("no_attribution"),
        "Nobody",
        "Village shop reopens with a bench, a stove and a post office",
        (
            "After three years without a shop the village has one again, founded by two hundred and thirty members who "
            "each paid fifty.",
            "Besides bread, milk and batteries it offers parcels, a printer and a stove with a bench around it. "
            "Opening "
            "hours follow the school bus.",
            "When the kettle first appeared on the stove, the chairwoman said, it was clear that people would stay.",
        ),
    ),
    Fault(
        "named-only",
        "text-only",
        _post_only("no_original_url"),
        "Northern Beacon",
        "Ice road stays shut in the warmest winter on record",
        (
            "For the first time since it was marked out, the road over the frozen lake has not been opened to cars.",
            "The ice measured eleven inches at best, five short of what the road office demands. Supplies reach the "
            "far "
            "shore by hovercraft, at four times the cost.",
            "Fishermen on foot were let on to the ice for nine days.",
        ),
    ),
    Fault(
        "home-only",
        "home-only",
        _post_only("no_original_url"),
        "Southern Lantern",
        "Olive growers press early to escape the fly",
        (
            "Growers on the southern slopes have begun to pick three weeks before their usual time, since the olive "
            "fly "
            "has bred faster than ever in the mild autumn.",
            "Early oil is green, bitter and scarce: a tree gives half of what it would in November. Prices have "
            "risen by a "
            "quarter at the co-operative.",
            "Next year traps are to be hung in every tenth tree.",
        ),
    ),
    Fault(
        "too-large",
        "large",
        _post_only("too_large"),
        "Longform Almanac",
        "Clockmaker sets the town hall's four faces to one time",
        (
            "For as long as anyone can remember, the four faces of the town hall's clock have shown four times, up "
            "to six "
            "minutes apart.",
            "A clockmaker has now spent a week in the tower and found a bent shaft and, wedged behind the northern "
            "face, a "
            "wooden shoe.",
            "The pigeons, she reported, took offence.",
        ),
    ),
    Fault(
        "hostile-loopback",
        "link-loopback",
        _post_only("refused"),
        "Insider Bulletin",
        "Allotment gardeners win a quarrel over the height of sheds",
        (
            "Sheds on the allotments behind the gasworks may be eight feet high after all, a court of appeal has "
            "decided.",
            "The town had wanted six. Nobody, the judges wrote, could be expected to hang up a spade lying down.",
            "Forty-four gardeners had shared the costs and now share a barrel.",
        ),
    ),
    Fault(
        "hostile-decimal",
        "link-decimal",
        _post_only("refused"),
        "Cloud Country Record",
        "Balloon school moves to the plain for its calmer mornings",
        (
            "The country's oldest school for balloonists leaves the hills and settles on the plain, where on two "
            "hundred "
            "mornings a year the wind is weak enough.",
            "Twelve pilots are trained each season. Landing is taught on stubble fields, whose farmers get a bottle "
            "for "
            "each visit, as custom demands.",
            "The old hangar will be a hall for weddings.",
        ),
    ),
    # A file: address names nothing that could be a publisher's page: it is no link.
    Fault(
        "hostile-file",
        "link-file",
        Verdict("post_only", "refused", ("post_only", "no_original_url")),
        "Paper Mill Examiner",
        "Paper mill starts its oldest machine for one last roll",
        (
            "Machine number two, built in the year of the comet, ran for a last time on Saturday and made nine "
            "miles of "
            "blotting paper.",
            "Former workers had come from three counties to hear it. The roll is cut into sheets and sold for the "
            "benefit "
            "of the fire brigade.",
            "A smelter takes the iron, the museum the brass plates.",
        ),
    ),
)
