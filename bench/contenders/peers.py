"""What a user of Python would take: a line server as the others, one process per package.

"<case> <side> <frames> <repetitions>" -> {"wall": [...], "cpu": [...]}, ns, or {"missing": why}. Inputs and, unless a case
says otherwise, outputs are made and touched before the clock runs. Threads are fixed by the environment (see ../run.mjs).
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
try:
    import numpy as np
except ImportError:
    np = None

made = {}


def data(side):
    if made.get("side") != side:
        r = np.random.default_rng(1)
        made.clear()
        made["side"] = side
        made["raw"] = [r.integers(1000, 61000, (side, side), dtype=np.uint16) for _ in range(4)]
        made["offset"] = (900 + 200 * r.random((side, side))).astype(np.float32)
        made["gain"] = (0.8 + 0.4 * r.random((side, side))).astype(np.float32)
        made["out"] = [np.ones((side, side), np.float32) for _ in range(2)]
        made["out16"] = [np.ones((side, side), np.uint16) for _ in range(2)]
        made["scratch"] = np.ones((side, side), np.float32)
    return made


def stack(side, frames):
    r = np.random.default_rng(2)
    s = np.empty((frames, side, side), np.uint16)
    for k in range(frames):
        s[k] = 3000 + 40 * r.standard_normal((side, side), dtype=np.float32)
    return s


# ---- one frame ---------------------------------------------------------------------------------------------------


def numpy_naive(side, frames):
    d = data(side)
    return lambda k: (d["raw"][k & 3] - d["offset"]) * d["gain"]


def numpy_out(side, frames):
    d = data(side)

    def run(k):
        o = d["out"][k & 1]
        np.subtract(d["raw"][k & 3], d["offset"], out=o)
        np.multiply(o, d["gain"], out=o)

    return run


def numpy_out16(side, frames):
    d = data(side)

    def run(k):
        o = d["scratch"]
        np.subtract(d["raw"][k & 3], d["offset"], out=o)
        np.multiply(o, d["gain"], out=o)
        np.rint(o, out=o)
        np.clip(o, 0, 65535, out=o)
        np.copyto(d["out16"][k & 1], o, casting="unsafe")

    return run


def opencv(side, frames):
    import cv2

    cv2.setNumThreads(1)
    d = data(side)

    def run(k):
        o = d["out"][k & 1]
        cv2.subtract(d["raw"][k & 3], d["offset"], o, dtype=cv2.CV_32F)
        cv2.multiply(o, d["gain"], o)

    return run


def opencv16(side, frames):
    import cv2

    cv2.setNumThreads(1)
    d = data(side)

    def run(k):
        cv2.subtract(d["raw"][k & 3], d["offset"], d["scratch"], dtype=cv2.CV_32F)
        cv2.multiply(d["scratch"], d["gain"], d["out16"][k & 1], dtype=cv2.CV_16U)

    return run


def pyfai(side, frames):
    from pyFAI.ext.preproc import preproc

    d = data(side)
    flat = (1 / d["gain"]).astype(np.float32)
    return lambda k: preproc(d["raw"][k & 3], dark=d["offset"], flat=flat, dummy=-1.0, delta_dummy=0.5, empty=-1.0)


def ccdproc_frame(side, frames):
    import astropy.units as u
    import ccdproc
    from astropy.nddata import CCDData

    d = data(side)
    dark = CCDData(d["offset"], unit="adu")
    flat = CCDData((1 / d["gain"]).astype(np.float32), unit="adu")
    raws = [CCDData(x.astype(np.float32), unit="adu") for x in d["raw"]]

    def run(k):
        c = ccdproc.subtract_dark(raws[k & 3], dark, dark_exposure=1 * u.s, data_exposure=1 * u.s)
        return ccdproc.flat_correct(c, flat, norm_value=1.0)

    return run


# ---- a stack -----------------------------------------------------------------------------------------------------


def numpy_meanvar(side, frames):
    s = stack(side, frames)
    return lambda k: (s.mean(axis=0), s.var(axis=0, ddof=1))


def numpy_median(side, frames):
    s = stack(side, frames)
    return lambda k: np.median(s, axis=0)


def astropy_clip(sigma, rounds):
    def make(side, frames):
        from astropy.stats import sigma_clip

        s = stack(side, frames)

        def run(k):
            kept = sigma_clip(s, sigma=sigma, axis=0, maxiters=rounds, cenfunc="median", stdfunc="std", masked=False, copy=True)
            return np.nanmean(kept, axis=0)

        return run

    return make


def combiner(side, frames):
    from astropy.nddata import CCDData
    from ccdproc import Combiner

    return Combiner([CCDData(x.astype(np.float32), unit="adu") for x in stack(side, frames)], dtype=np.float32)


def ccdproc_meanvar(side, frames):
    c = combiner(side, frames)
    return lambda k: c.average_combine()


def ccdproc_median(side, frames):
    c = combiner(side, frames)
    return lambda k: c.median_combine()


def ccdproc_clip(side, frames):
    c = combiner(side, frames)
    mask = c.data_arr.mask.copy() if hasattr(c.data_arr, "mask") else None

    def run(k):
        if mask is not None:
            c.data_arr.mask = mask.copy()
        c.sigma_clipping(low_thresh=4, high_thresh=4, func=np.ma.median)
        return c.average_combine()

    return run


# ---- a window around every pixel ---------------------------------------------------------------------------------


def scipy_median(width):
    def make(side, frames):
        from scipy.ndimage import median_filter

        gain = data(side)["gain"]
        return lambda k: median_filter(gain, width)

    return make


cases = {
    "numpy-naive": numpy_naive,
    "numpy-out": numpy_out,
    "numpy-out16": numpy_out16,
    "opencv": opencv,
    "opencv16": opencv16,
    "pyfai": pyfai,
    "ccdproc": ccdproc_frame,
    "numpy-meanvar": numpy_meanvar,
    "numpy-median": numpy_median,
    "astropy-clip": astropy_clip(4, 2),
    "astropy-clip3": astropy_clip(3, 5),
    "ccdproc-mean": ccdproc_meanvar,
    "ccdproc-median": ccdproc_median,
    "ccdproc-clip": ccdproc_clip,
    "scipy-median9": scipy_median(9),
    "scipy-median21": scipy_median(21),
}
ready = {}
for line in sys.stdin:
    try:
        name, side, frames, repetitions = line.split()
        key = (name, side, frames)
        if np is None:
            raise ImportError("no numpy")
        if key not in ready:
            ready.clear()
            ready[key] = cases[name](int(side), int(frames))
            # once is enough for compiled code; short work is also brought into cache
            ready[key](0)
        run = ready[key]
        wall, cpu = [], []
        for k in range(int(repetitions)):
            c0 = time.process_time_ns()
            t0 = time.perf_counter_ns()
            result = run(k)
            wall.append(time.perf_counter_ns() - t0)
            cpu.append(time.process_time_ns() - c0)
            del result
        print(json.dumps({"wall": wall, "cpu": cpu}), flush=True)
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
    except Exception as error:  # a package of another version may know the call under another name
        print(json.dumps({"missing": f"{type(error).__name__}: {error}"[:300]}), flush=True)
