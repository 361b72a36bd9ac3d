"""Does the internet fill up with AI text until models cannot learn from it?

Human pages are added at a fixed rate, AI pages at a growing one. Each year a model is fitted to a
crawl of all pages so far and writes the AI pages of the next year, more typically than it reads
(probabilities to the power 2.5). The AI share of new pages grows through 35 % in mid-2025, or stays
near half after two years. Crawlers have a detector, a quota of pages known to be human, or a date
after which they take nothing. Agents write whole documents, and people let a model write half of
theirs. A toy: pages are draws from Zipf's law over 200 things to say, of endless number, and what
people say does not change.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Crawler,
    Divergence,
    MemberMeans,
    ModelDiversity,
    OutcomeShares,
    Perplexity,
    Population,
    Scenario,
    Schedule,
    Support,
    SyntheticShare,
    Tempered,
    TokenTable,
    Web,
    zipf,
)
from collapse.laws.web import amplified, largest_stable_share, passed_share, web_path
from collapse.scenario.published import comparison, number, shape, simulate_together

SIZES = {"quick": (300, 8), "laptop": (1500, 32)}  # rows and seeds of the arms that draw pages
YEARS, FIRST = 20, 2023  # generation t is the year 2022 + t
THINGS, POWER, STOCK = 200, 2.5, 10  # things to say, sharpening, years of human text before 2023
ODDS = 0.35 / 0.65 / 3  # AI pages per human page, more each year: 35 % in the third year, 2025
GROWING = np.arange(1, YEARS + 1) * ODDS / (1 + np.arange(1, YEARS + 1) * ODDS)
PLATEAU = np.r_[0.359, 0.48, np.full(YEARS - 2, 0.5)]
HIT, FALSE_ALARM, QUOTA, MISDATED = 0.9, 0.05, 0.8, 0.2
HITS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0)  # of the detectors that are compared
QUOTAS = (0.5, 0.8, 0.9, 0.95, 0.98, 1.0)  # human shares of the crawl that are compared
LABS = (0.0, 0.5, HIT)  # hit of the detector of each of three labs
COIN = 0.505  # share of one of two ways to say a thing, in human text
P = 1 / np.arange(1, THINGS + 1) / (1 / np.arange(1, THINGS + 1)).sum()
TEXT = "documents of 12 tokens from a bigram source, one year of human text before"
ZIPF = "a truth of 200 outcomes that does not change, endless pages, one power for every model"


def by_year(shares: np.ndarray) -> Schedule:
    return Schedule(shares, np.arange(1, YEARS + 1))


def exact(truth, shares: np.ndarray, *measures, stock: float = STOCK, **crawl) -> Arm:
    """A web of endless pages, crawled by one lab."""
    web = Web(by_year(shares), stock=stock, crawlers=(Crawler(**crawl),))
    return Arm(
        truth=truth,
        regime=web,
        sampler=Support(Tempered(1 / POWER)),
        measures=(ModelDiversity(), Divergence(), SyntheticShare(), *measures),
        generations=YEARS,
    )


def language() -> tuple[TokenTable, np.ndarray]:
    """A bigram source of documents of 12 tokens, and 200 documents held out."""
    rng = np.random.default_rng(5)
    odds = 1 / np.arange(1, 9)
    table = np.stack([np.r_[0.0, rng.permutation(odds / odds.sum())] for _ in range(10)])
    rows = [[int(rng.choice(9, p=table[9]))] for _ in range(200)]
    for row in rows:
        while len(row) < 12:
            row.append(int(rng.choice(9, p=table[row[-1]])))
    return TokenTable(table, 12), np.array(rows, np.int32)


def scenario(size: str = "quick") -> Scenario:
    n, seeds = SIZES[size]
    web, (text, held_out) = partial(exact, zipf(THINGS)), language()

    def written(share, part):
        return Arm(
            truth=text,
            regime=Web(share, written=part),
            sampler=Tempered(1 / POWER),
            measures=(Perplexity(held_out), SyntheticShare()),
            n=n,
            generations=YEARS,
        )

    labs = Arm(
        truth=zipf(THINGS),
        model=Population.of([zipf(THINGS)] * len(LABS)),
        regime=Web(
            by_year(GROWING),
            stock=STOCK,
            crawlers=tuple(Crawler(hit=h, false_alarm=FALSE_ALARM * (h > 0)) for h in LABS),
        ),
        sampler=Tempered(1 / POWER),
        measures=(MemberMeans(),),
        n=n,
        generations=YEARS,
    )
    found = {"hit": HIT, "false_alarm": FALSE_ALARM}
    arms = {
        "human": web(np.zeros(YEARS)),
        "growing": web(GROWING),
        "plateau": web(PLATEAU),
        "detector": web(GROWING, **found),
        "quota": web(GROWING, human=QUOTA),
        "cut-off": web(GROWING, until=0.0),
        "cut-off-misdated": web(GROWING, until=0.0, misdated=MISDATED),
        "labs": labs,
        "agents": written(0.35, 1.0),
        "co-writers": written(0.35 * 11 / 6, 0.5),  # six of the eleven tokens behind the first
    }
    coin = partial(exact, Categorical([COIN, 1 - COIN]), np.full(YEARS, 0.5))
    coins = {
        "open": coin(OutcomeShares(1), stock=1),
        "detector": coin(OutcomeShares(1), stock=1, **found),
    }
    detectors = {
        f"{hit:g}": web(np.full(YEARS, 0.5), stock=1, hit=hit, false_alarm=FALSE_ALARM)
        for hit in HITS
    }
    quotas = {f"{share:g}": web(GROWING, human=share) for share in QUOTAS}
    return comparison(
        arms,
        evidence={
            "quotas": partial(simulate_together, quotas),
            "coins": partial(simulate_together, coins),
            "detectors": partial(simulate_together, detectors),
        },
        name="internet",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025); shares of AI text of Dolezal (2026) and Graphite",
        paper="karpathy2025",
        minutes={"quick": 0.7, "laptop": 3},
        headline=("model_entropy", "synthetic_share", "kl_truth_model"),
        seeds=seeds,
        labels={
            "human": "human text alone",
            "growing": "AI text grows",
            "plateau": "AI text stays near half",
            "detector": "grows, detector",
            "quota": "grows, 80 % human quota",
            "cut-off": "grows, text before 2023 only",
            "cut-off-misdated": "before 2023, a fifth misdated",
        },
        claims=claims(),
    )


def said(record, arm: str, at=(YEARS,)) -> np.ndarray:
    """(S, G) effective number of things that the models of these years say."""
    return np.exp(record["curves"][f"{arm}/model_entropy"][:, list(at)].astype(float))


def kept(record, arm: str) -> np.ndarray:
    """(S, 1) the same in the last year, as a share of what people say."""
    return said(record, arm) / said(record, arm, (0,))


def effective(models: np.ndarray) -> np.ndarray:
    return np.exp(-(models * np.log(models)).sum(-1))


def claims() -> tuple:
    at = (5, 10, YEARS)
    where = np.array(at) - 1

    def curve(record, name, at=(YEARS,)):
        return record["curves"][name][:, list(at)].astype(float)

    def preference(record, arm):
        """(S, 1) the preference of the last model over that of human text."""
        return (curve(record, f"{arm}/share_0") - 0.5) / (COIN - 0.5)

    def needed(record, settings):
        """(S, 1) the setting that keeps 90 % of what is said, between those compared."""
        every = np.concatenate([kept(record, f"{x:g}") for x in settings], 1)
        return np.array([[np.interp(0.9, row, settings)] for row in every])

    fixed = {"differs": ZIPF}
    derived = partial(number, at=at, error=0.002, spread=0.0, **fixed)
    last = partial(shape, at=(YEARS,), spread=0.0, **fixed)
    drawn = partial(shape, at=(YEARS,))
    coin = web_path(np.array([COIN, 1 - COIN]), np.full(YEARS, 0.5), POWER)[0][-1, 0]
    limit = amplified(float(passed_share(0.5, HIT, FALSE_ALARM)), POWER)
    return (
        derived(
            "AI share of the web",
            "derived: sum of AI pages over all pages",
            lambda r: curve(r, "growing/synthetic_share"),
            web_path(P, GROWING, POWER, stock=STOCK)[1][-1],
            at=(YEARS,),
        ),
        derived(
            "AI share behind a detector",
            "derived: s (1 - hit) / (s (1 - hit) + (1 - s) (1 - false alarm))",
            lambda r: curve(r, "detector/synthetic_share"),
            passed_share(web_path(P, GROWING, POWER, stock=STOCK)[1][-1], HIT, FALSE_ALARM),
            at=(YEARS,),
        ),
        derived(
            "Things said as AI text grows",
            "derived: p_t ~ human text + what models said, to the power 2.5",
            lambda r: said(r, "growing", at),
            effective(web_path(P, GROWING, POWER, stock=STOCK)[0])[where],
            error=0.01,
        ),
        last(
            "Diversity kept in 2042, AI text grows",
            "article: the internet fills with AI text and becomes a worse teacher",
            lambda r: kept(r, "growing"),
            "less than three quarters",
            below=0.75,
        ),
        last(
            "Diversity kept in 2042, AI text stays near half",
            "article, with the plateau of Graphite",
            lambda r: kept(r, "plateau"),
            "less than three quarters",
            below=0.75,
        ),
        last(
            "Perplexity of human text, AI text grows",
            "article: a worse teacher",
            lambda r: np.exp(curve(r, "growing/kl_truth_model")),
            "above that of the source itself, which is 1",
            above=1.05,
        ),
        last(
            "Diversity kept behind a detector",
            "Drayson et al. (2025): a detector prevents collapse",
            lambda r: kept(r, "detector"),
            "nearly all",
            above=0.9,
            note="AI text is still growing: of 78 % of the new pages, a tenth is not found",
        ),
        derived(
            "Diversity kept with a quota of four fifths human text",
            "derived: the AI share of the training text is at most 1/5",
            lambda r: kept(r, "quota"),
            effective(web_path(P, GROWING, POWER, stock=STOCK, human=QUOTA)[0])[-1] / effective(P),
            at=(YEARS,),
        ),
        last(
            "Diversity kept with text before 2023 alone",
            "article: text from before is clean",
            lambda r: kept(r, "cut-off"),
            "all of it, where people say what they always said",
            above=0.999,
        ),
        last(
            "Diversity kept if a fifth of new text is misdated",
            "derived",
            lambda r: kept(r, "cut-off-misdated"),
            "less than with right dates",
            below=0.99,
        ),
        number(
            "A small preference, magnified",
            f"derived: it grows where the AI share is above 1 / 2.5 = {largest_stable_share(2.5)}",
            lambda r: preference(r, "open"),
            (coin - 0.5) / (COIN - 0.5),
            (YEARS,),
            error=0.02,
            spread=0.0,
            evidence="coins",
        ),
        shape(
            "A small preference, magnified behind a detector",
            "derived: it stays below (1 - s) / (1 - 2.5 s)",
            lambda r: preference(r, "detector"),
            "bounded",
            below=limit,
            at=(YEARS,),
            spread=0.0,
            evidence="coins",
            **fixed,
        ),
        last(
            "Hit of a detector that keeps nine tenths, at half AI text",
            "article: what detector quality keeps it stable",
            partial(needed, settings=HITS),
            "more than nine tenths of the AI text must be found",
            above=0.9,
            evidence="detectors",
        ),
        last(
            "Human share that keeps nine tenths, as AI text grows",
            "article: what human share keeps it stable",
            partial(needed, settings=QUOTAS),
            "more than nine tenths of the text must be human",
            above=0.9,
            evidence="quotas",
        ),
        drawn(
            "Commonest thing, lab without over lab with the best detector",
            "derived: labs differ by their crawl, not by what the others write",
            lambda r: curve(r, "labs/mean_0") / curve(r, "labs/mean_2"),
            "more often in the first",
            above=1.1,
            differs=ZIPF,
        ),
        number(
            "Perplexity, co-writers over agents at the same AI share of text",
            "derived: bigrams count tokens, of which models choose 35 % in both, first ones aside",
            lambda r: curve(r, "co-writers/perplexity") / curve(r, "agents/perplexity"),
            1.0,
            (YEARS,),
            error=0.01,
            differs=TEXT,
        ),
        drawn(
            "Documents with AI text, co-writers over agents",
            "derived: half of each is human",
            lambda r: curve(r, "co-writers/synthetic_share") / curve(r, "agents/synthetic_share"),
            "the share of documents says less than the share of text",
            above=1.5,
            differs=TEXT,
        ),
    )
