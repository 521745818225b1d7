"""Reads a daily zip of a data centre with Python's own zip and XML, and prints what is in it as JSON.

    daily.py 31000020140602.zip  ->  {"buildings": {"310101D064": "…"}, "hours": [["310101D064", "01A10", "2014-06-02 09:00:00", "4.0100", "1"], …]}
"""

import json
import os
import sys
import xml.etree.ElementTree as xml
import zipfile

path = sys.argv[1]
stem = os.path.basename(path)[:14]
with zipfile.ZipFile(path) as archive:
    assert archive.testzip() is None
    build, energy = (xml.fromstring(archive.read(f"{stem}/{stem}{end}.xml")) for end in ("Build", "Energy"))
assert build.findtext("common/UploadDataCenterID") == stem[:6] == energy.findtext("common/UploadDataCenterID")
hours = [
    [one.get("id")] + [row.findtext(f"F_{name}") for name in ("EnergyItemCode", "StartHour", "HourValue", "State")]
    for one in energy.iterfind("data/Build")
    for row in one.iterfind("EnergyItemHourResult")
]
names = {one.get("id"): one.findtext("BuildBaseInfo/F_BuildName") for one in build.iterfind("data/Build")}
print(json.dumps({"buildings": names, "hours": hours}))
