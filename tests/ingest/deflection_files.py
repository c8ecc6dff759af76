"""F25 and PDDX files made in code, on the small network or anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from pyproj import Transformer

from tests.ingest.builders import X, Y

OFFSETS = (0, 200, 300, 450, 600, 900, 1200)
BASIN = (292.6, 240.7, 219.8, 186.2, 154.4, 104.8, 74.8)
INCHES = (0, 203.2, 304.8, 457.2, 609.6, 914.4, 1219.2, 1524, 1828.8)


def fix(measure: float) -> tuple[float, float]:
    """Return latitude and longitude of a measure on N1 of the small network."""
    lon, lat = Transformer.from_crs("EPSG:3826", "EPSG:4326", always_xy=True).transform(X, Y - (measure - 10000))
    return lat, lon


def f25_station(
    station: float,
    drops: Sequence[str],
    *,
    where: float | None = None,
    warm: str = "0, 27.0, 31.0, 25.0",
    moment: str = "2024,03,02,01,30",
    lane: str = "2",
) -> str:
    """Return the records of a station; `where` gives it a fix at a measure of N1."""
    lat, lon = fix(where) if where is not None else (0, 0)
    place = f"5280,0,     0,{lat:+.7f},{lon:+.7f},  30.0" if where is not None else "5280,1,     0,N0,N0,N0"
    lines = [place, f'5301,2,1,4,2,   {station:g},1,{lane},"M       ",{moment}', f"5303,{warm}", *drops]
    return "\n".join(lines)


def f25(*stations: str, offsets: Sequence[float] = OFFSETS, radius: float = 150) -> str:
    """Return an F25 file."""
    sensors = ",".join(f"{o:g}" for o in offsets)
    head = [
        '5001,25,20,12,40,1,1,"8002-000"',
        '5011,0,1,2024,03,02,01,00,0,"Sat",62',
        f"5020,{radius:g},{sensors},N0 ,N0",
    ]
    return "\n".join([*head, '5030,"Operator    "', *stations]) + "\n"


def f25_drop(number: int, *, pressure: float = 721, basin: Sequence[float] = BASIN, scale: float = 1.0) -> str:
    """Return a drop record."""
    return f"   {number}, {pressure:g}, " + ", ".join(f"{scale * d:.1f}" for d in basin)


def pddx(places: Sequence[str], **changes: str) -> str:
    """Return a PDDX file; `changes` replace values by key."""
    values = {
        "LoadUnits": "kilo-Newton", "DeflectionUnits": "micron", "TemperatureUnits": "Celsius",
        "LoadPlateRadiusUnits": "millimeter", "SensorLocationUnits": "millimeter",
        "TestLocationUnits": "kilometer,meter,meter", "LoadPlateRadius": "150", "StartDate": "02-MAR-2024",
        "DeflectionSensorXAxisDistances": "0, 200, 300, 450, 600, 900, 1200",
        "TemperatureSensorUse": "air,surface,manual", "DelimiterSymbol": ",", "DecimalSymbol": ".",
    } | changes  # fmt: skip
    sections = {
        "Pavement Deflection Data Exchange File": ("DelimiterSymbol", "DecimalSymbol"),
        "Units": ("LoadPlateRadiusUnits", "LoadUnits", "DeflectionUnits", "TemperatureUnits", "SensorLocationUnits",
                  "TestLocationUnits"),
        "Operations Information": ("StartDate",),
        "Device Configuration": ("LoadPlateRadius", "DeflectionSensorXAxisDistances", "TemperatureSensorUse"),
    }  # fmt: skip
    parts = [
        f"[{name}]\n" + "\n".join(f"{k} = {values[k]}" for k in keys if values[k]) for name, keys in sections.items()
    ]
    return "\n\n".join([*parts, *places]) + "\n"


def pddx_place(number: int, station: str, drops: Sequence[str], *, first: int = 1, **more: str) -> str:
    """Return the section of a place; station in the unit of the file."""
    values = {
        "TestLocation": f"{station},0,0",
        "TestTemperatures": "25.0,31.0,27.0",
        "TestTime": "01:30:00",
        "NumberOfDrops": str(len(drops)),
    } | more
    lines = [f"{k} = {v}" for k, v in values.items() if v]
    lines += [f"DropData_{first + k} = {drop}" for k, drop in enumerate(drops)]
    return "\n".join([f"[Test Location {number}]", *lines])
