/** The script that makes the NWB file; what it reads lies beside it. */
export const NWB_SCRIPT = `"""Makes an NWB file of a take: an ImageSeries a camera, with the true time of each frame.

    pip install pynwb
    python make_nwb.py
"""

import json
import sys
from datetime import datetime
from pathlib import Path

try:
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.epoch import TimeIntervals
    from pynwb.image import ImageSeries
except ImportError:
    sys.exit("make_nwb.py: needs pynwb: pip install pynwb")

here = Path(__file__).resolve().parent
session = json.loads((here / "session.json").read_text(encoding="utf-8"))

nwbfile = NWBFile(
    session_description=session["session_description"],
    identifier=session["name"],
    session_start_time=datetime.fromisoformat(session["session_start_time"]),
)

for camera in session["cameras"]:
    rows = (here / camera["times"]).read_text(encoding="utf-8").split()[1:]
    nwbfile.create_device(name=camera["name"], description=camera["model"] or "camera")
    nwbfile.add_acquisition(
        ImageSeries(
            name=camera["name"],
            description="Video of the camera " + camera["name"],
            unit="n.a.",
            format="external",
            external_file=camera["external_file"],
            starting_frame=camera["starting_frame"],
            dimension=session["dimension"],
            timestamps=[float(row) for row in rows],
        )
    )

if session["without_own_picture"]:
    intervals = TimeIntervals(
        name="frames_without_own_picture",
        description="Where a camera has no picture of its own: the one before stands there once more, or none does",
    )
    intervals.add_column(name="camera", description="name of the camera")
    intervals.add_column(name="cause", description="missed, overload, lost, repeated (cause not known), absent")
    intervals.add_column(name="first_frame", description="first frame, counted from 0 in all cameras")
    intervals.add_column(name="last_frame", description="last frame, included")
    for stretch in session["without_own_picture"]:
        intervals.add_interval(**stretch)
    nwbfile.add_time_intervals(intervals)

output = here / (session["name"] + ".nwb")
with NWBHDF5IO(str(output), "w") as io:
    io.write(nwbfile)
print(output)
`;
