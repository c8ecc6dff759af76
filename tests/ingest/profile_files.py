"""Files of profilers and laser crack measurement systems, made in code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def erd(
    channels: dict[str, np.ndarray],
    *,
    step: float = 0.25,
    unit: str = "mm",
    x_unit: str = "m",
    coding: int = 5,
    samples: int | None = None,
    lines: Sequence[str] = (),
) -> bytes:
    """Return an ERD file with numbers as text, or its header alone where they are binary."""
    table = np.column_stack(list(channels.values()))
    count = len(table) if samples is None else samples
    names = "".join(f"{name:<8.8}" for name in channels)
    units = "".join(f"{unit:<8.8}" for _ in channels)
    head = [
        "ERDFILEV2.00",
        f"{len(channels):7d},{count:7d},     -1,      1,{coding:7d},{step:13.6f},     -1,",
        "TITLE   made for a test",
        f"SHORTNAM{names}",
        *([f"UNITSNAM{units}"] if unit else []),
        *([f"XUNITS  {x_unit}"] if x_unit else []),
        *lines,
        "END",
    ]
    body = [" ".join(f"{value:.6f}" for value in row) for row in table] if coding == 5 else []
    return ("\n".join([*head, *body]) + "\n").encode()


def section(
    begin: float,
    *,
    number: int,
    length: float = 10.0,
    cracks: Sequence[Sequence[tuple[float, float, float]]] = (),
    ruts: Sequence[tuple[str, float, float, float]] = (),
    rough: Sequence[tuple[float, float]] = (),
    more: str = "",
    has_cracks: bool = True,
) -> str:
    """
    Return a section of LCMS results.

    Parameters
    ----------
    cracks
        Nodes x, y, width of each crack. [mm]
    ruts
        Side, position as written, width, depth. [mm]
    rough
        Place from the left edge [mm] and roughness. [m/km]
    more
        Further parts, as XML.
    """

    def node(x: float, y: float, width: float) -> str:
        return f"<Node><X>{x}</X><Y>{y}</Y><Width>{width}</Width><Depth>2</Depth></Node>"

    lines = "".join(
        f"<Crack><CrackID>{k}</CrackID>{''.join(node(*n) for n in c)}</Crack>" for k, c in enumerate(cracks)
    )
    depths = "".join(
        f"<RutMeasurement><LaneSide>{side}</LaneSide><Position>{at}</Position><Width>{width}</Width>"
        f"<Depth>{depth}</Depth></RutMeasurement>"
        for side, at, width, depth in ruts
    )
    felt = "".join(f"<Roughness><PositionX>{x}</PositionX><IRI>{iri}</IRI></Roughness>" for x, iri in rough)
    found = f"<CrackInformation><CrackList>{lines}</CrackList></CrackInformation>" if has_cracks else ""
    return (
        f"<RoadSectionInfo><SurveyID>7</SurveyID><SectionID>{number}</SectionID><DistanceBegin_m>{begin}"
        f"</DistanceBegin_m><DistanceEnd_m>{begin + length}</DistanceEnd_m></RoadSectionInfo>"
        "<ProcessingInformation><ProcessingParameters><GeneralParam_ResultImageResolution_mm>10.0"
        "</GeneralParam_ResultImageResolution_mm><LaneMarkingModule_Parameters><LaneMarkingModule_RoadWidth_mm>3500"
        "</LaneMarkingModule_RoadWidth_mm></LaneMarkingModule_Parameters></ProcessingParameters></ProcessingInformation>"
        f"{found}<RutInformation>{depths}</RutInformation>"
        f"<RoughnessInformation>{felt}</RoughnessInformation>{more}"
    )


def results(*sections: str, combined: bool = False) -> bytes:
    """Return one section as the XML of a file, or several put together."""
    if combined:
        body = "".join(f"<LcmsAnalyserResultFrame>{s}</LcmsAnalyserResultFrame>" for s in sections)
    else:
        (body,) = sections
    return f'<?xml version="1.0" encoding="UTF-8"?><LcmsAnalyserResults>{body}</LcmsAnalyserResults>'.encode()
