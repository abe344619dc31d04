"""PyTorch in eager mode, float32, its own generator, one large operation after another.

The same full model as `benchmarks/numpy_path.py` with the same hoists, who wins by quarter only. A
batch of paths goes through the quarters together. The
scenario comes as one npz file, so that any interpreter with torch and NumPy can run this file.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace as Tree
from typing import Any

if __package__:  # not where an interpreter with torch runs this file by its path
    from benchmarks.rivals.environment import interpreter, together
    from benchmarks.rivals.scenario_file import export

WORDS = ("own",)
LABEL = "PyTorch eager, float32"
VERSION = "2.13.0"
PYTHON = "python3.11"
"""An interpreter for which a CPU build of that version is to be had without a download of CUDA."""

BATCH = {"cpu": 1 << 15, "cuda": 1 << 19}
"""Fastest of 2,048 to 65,536 on a CPU, where the next larger gained less than a tenth; on a GPU not
tried, assumed."""

REPEATS = 3
QUARTERS, DT, START = 60, 0.25, 2026.75
KINDS = ("normal", "lognormal", "logit")


def measure(
    paths: int,
    words: str = "own",
    mode: str = "wins",
    threads: int = 1,
    device: str = "cpu",
    batch: int = 0,
) -> dict[str, Any]:
    """Full paths per second, who wins by quarter only, on so many cores or on a GPU.

    Each core gets a process with one thread and its share of the paths: two threads in one process
    took ten times the time of one on a busy machine, waiting for each other in every operation.
    Raises ValueError for what it does not offer, and Absent where torch cannot be had.
    """
    if words != "own" or mode != "wins":
        raise ValueError(f"this rival draws its own words and counts wins, not {words} and {mode}")
    from risk.scenario import load

    python = interpreter("torch", f"torch=={VERSION}", PYTHON)
    processes = threads if device == "cpu" else 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.npz"
        export(load("base"), file)
        command = [python, str(Path(__file__)), str(file), "--paths", str(-(-paths // processes))]
        command += ["--device", device, "--batch", str(batch)]
        found = together(command, processes)
    total = dict(found[0])
    for key in ("paths_per_second", "slowest", "fastest"):
        total[key] = sum(one[key] for one in found)
    total["paths_per_cpu_second"] = statistics.mean(one["paths_per_cpu_second"] for one in found)
    return total | {"processes": processes}


# ------------------------------------------------------------------- below, torch and NumPy alone
def _exp(x: Any) -> Any:
    return math.exp(x) if isinstance(x, float) else x.exp()


def _log(x: Any) -> Any:
    return math.log(x) if isinstance(x, float) else x.log()


def _most(x: Any, y: Any) -> Any:
    """The greater of two; a number is a bound."""
    if isinstance(x, float | int):
        return max(x, y) if isinstance(y, float | int) else y.clamp(min=x)
    return x.clamp(min=y)


def _least(x: Any, y: Any) -> Any:
    if isinstance(x, float | int):
        return min(x, y) if isinstance(y, float | int) else y.clamp(max=x)
    return x.clamp(max=y)


class Model:
    """A scenario on a device: draws inputs and marches batches of paths."""

    def __init__(self, file: str, device: str, seed: int) -> None:
        import numpy as np
        import torch

        data = np.load(file)
        self.torch, self.device = torch, torch.device(device)
        self.text = json.loads(str(data["text"]))
        self.rng = torch.Generator(device=self.device)
        self.rng.manual_seed(seed)
        arrays = ("loadings", "own", "sunlight", *KINDS)
        self.a = {k: torch.from_numpy(data[k].astype("float32")).to(self.device) for k in arrays}

    def normals(self, *shape: int) -> Any:
        return self.torch.randn(shape, generator=self.rng, device=self.device)

    def uniforms(self, *shape: int) -> Any:
        return self.torch.rand(shape, generator=self.rng, device=self.device)

    def event(self, m: dict[str, float], common: Any) -> Any:
        """A date or length drawn anew: the path's common part and noise of its own."""
        z = self.normals(common.shape[0]).mul_(m["own"]).add_(common)
        z = self.torch.where(z > 0, z * m["upper"], z * m["lower"]).add_(m["centre"])
        return z.exp_().clamp_(m["low"], m["high"])

    def inputs(self, b: int) -> Tree:
        """Every input of `b` paths by group: a row, or a number where it is fixed."""
        torch, keys = self.torch, self.text["keys"]
        z = self.normals(len(keys), b).mul_(self.a["own"])
        for key in self.text["events"]:
            z[keys.index(key)] = 0
        z.addmm_(self.a["loadings"], self.normals(self.a["loadings"].shape[1], b))
        values: dict[str, Any] = dict(self.text["fixed"])
        for key in self.text["events"]:
            values[key] = z[keys.index(key)].clone()
        for kind in KINDS:
            part = z[slice(*self.text["rows"][kind])]
            centre, lower, upper, low, high = self.a[kind]
            part.mul_(torch.where(part > 0, upper, lower)).add_(centre)
            if kind == "lognormal":
                part.exp_()
            elif kind == "logit":
                part.sigmoid_()
            torch.minimum(torch.maximum(part, low, out=part), high, out=part)
        first = self.text["rows"]["other"][0]
        for i, m in enumerate(self.text["other"]):
            z[first + i] = self._other(m, torch.special.ndtr(z[first + i]))
        made = Tree(**{key.split(".")[0]: Tree() for key in (*values, *keys)})
        for i, key in enumerate(keys):
            values.setdefault(key, z[i])
        for key, value in values.items():
            setattr(getattr(made, key.split(".")[0]), key.split(".")[1], value)
        return made

    def _other(self, m: dict[str, float], u: Any) -> Any:
        where = self.torch.where
        if "zero" in m:
            v = (u - m["zero"]) / (1 - m["zero"])
            return where(v < 0, 0.0, m["low"] + (m["high"] - m["low"]) * v)
        v, width = (u / (1 - m["never"])).clamp(max=1), m["high"] - m["low"]
        rising = m["low"] + (v * (width * (m["mode"] - m["low"]))).sqrt()
        falling = m["high"] - ((1 - v) * (width * (m["high"] - m["mode"]))).sqrt()
        value = where(v * width < m["mode"] - m["low"], rising, falling)
        return where(u < 1 - m["never"], value, 1.0e9)

    def static(self, x: Tree) -> Tree:
        """What a path needs in every quarter and does not change."""
        p, th, m, r, c, g = x.power, x.thermal, x.mass, x.reliability, x.chips, x.ground
        s, sun = Tree(), self.a["sunlight"]
        place = (x.orbit.altitude - float(sun[0, 0])).clamp(0, sun.shape[1] - 1.001)
        below = place.long()
        f_sun, f_w, t_ecl = (
            y[below] + (place - below) * (y[below + 1] - y[below]) for y in sun[1:]
        )
        life = _least(r.bus_life, c.ground_life * r.running_on)
        life = _least(_most(life, r.shortest_life), r.longest_life)
        s.t_o = _least(life, 1000 * r.dose_limit / r.dose)
        p_bus = 1 + p.parasitic
        p_thr = p_bus * _exp(-life / 2 * _log(1 - p.array_fade))
        p_bat = p_thr * (f_w + (1 - f_w) / p.charge_efficiency) / f_w
        e_batt = p_bus * t_ecl / 60 / p.depth_of_discharge
        t2 = th.temperature * th.temperature
        q_rad = (2 * 5.670374419e-8) * th.view * th.emissivity * t2 * t2 * (1 - th.absorbed)
        rest = p_bus * 1000 / q_rad * th.margin * th.areal_mass + m.chips + m.shield + m.bus
        factor = (1 + m.structure) * m.residual
        factor = factor * _exp(m.delta_v / (9.80665 * m.specific_impulse))
        s.mass_b = p_bat * 1000 / p.array_specific_power
        s.mass_b = (s.mass_b + e_batt * 1000 / p.battery_specific_energy + rest) * factor
        s.mass_t = (p_thr * 1000 / p.array_specific_power + rest) * factor
        s.mass_fall = _exp(DT * _log(1 - m.yearly_fall))
        s.saved, s.f_sun = x.platform.battery_cost * e_batt, f_sun
        s.b = _log(1 - x.launch.learning_rate) * (-1 / math.log(2))
        s.slope = _log(1 - x.platform.learning_rate) * (1 / math.log(2))
        s.share = x.launch.compute_share * x.launch.filled_share * 1000
        s.rise = _log(1 + x.launch.cadence_growth) * DT
        mature = x.launch.failure_mature
        s.new = _most(x.launch.failure_new, mature) - mature
        s.lam_s = r.satellite_hazard + r.collision_hazard + r.burst_hazard
        if r.spares != 0:
            raise ValueError(f"spares are {r.spares}, but this rival knows only 0")
        s.r4 = r.ground_chip_failure * r.orbit_multiplier * r.blast_radius
        s.l1, s.l2 = s.lam_s + s.r4, s.lam_s + (1 - r.repair_effect) * s.r4
        s.infant = _exp(s.r4 * -0.25)
        ins = _most(x.finance.loading * s.lam_s, x.finance.orbit_insurance - s.lam_s)
        s.ins = x.finance.insured_share * ins
        s.removal = (1 - r.disposal_success) * r.removal_cost * (1000 / r.satellite_power)
        s.programme = x.platform.programme / x.platform.programme_size
        storm = 1 + r.storm_share * (r.storm_multiplier - 1)
        training = c.workload == 1
        mfu = c.orbit_training / c.ground_training if training else c.orbit_inference_share
        s.y = r.availability * (1 - r.silent_errors * storm) * mfu
        s.growth = _log(1 + c.frontier_growth)
        costs = x.market.chip_weight * c.cost_drift + x.market.facility_weight * g.facility_drift
        s.delta = _most(s.growth - costs, x.market.slowest_decay)
        s.kept = _exp(-c.resale_decay * c.ground_life)
        s.d_c6, s.d_to = _exp(-s.delta * c.ground_life), _exp(-s.delta * s.t_o)
        s.f_c6 = _exp(-x.market.deviation_decay * c.ground_life)
        s.f_to = _exp(-x.market.deviation_decay * s.t_o)
        s.mu_c6 = _exp(g.power_drift * c.ground_life)
        s.k_c6 = _exp(-g.power_reversion * c.ground_life)
        s.facility_rise, s.power_rise = _exp(DT * g.facility_drift), _exp(DT * g.power_drift)
        s.demand_rise = _exp(DT * _log(1 + x.schedule.demand_growth))
        s.onsite_fall = _exp(-DT * x.schedule.onsite_speed_up)
        return s

    def orbit(self, x: Tree, s: Tree, v: Tree, t: float) -> Tree:
        """Cost of one vintage: both variants, and the cheaper one."""
        p, r, f, o = x.platform, x.reliability, x.finance, Tree()
        where = self.torch.where
        left = s.t_o - v.t1
        o.e1, o.e2 = _exp(-(v.r_o + s.l1) * v.t1), _exp(-(v.r_o + s.l2) * left)
        o.alive = (1 - o.e1) / (v.r_o + s.l1) + o.e1 * (1 - o.e2) / (v.r_o + s.l2)
        o.alive = o.alive * s.infant
        rate = v.r_o + s.lam_s
        whole, first = _exp(-rate * s.t_o), _exp(-rate * v.t1)
        years, late = (1 - whole) / rate, (first - whole) / rate
        adapt = 1 + p.adaptation * (1 - p.adaptation_fall) ** t
        value = v.chip * adapt + p.ground_segment * (1 - p.ground_segment_fall) ** t + v.c_plat
        insurance = v.u * _most(f.loading * v.loss, v.k3 - v.loss)
        per_value = _exp(0.5 * v.r_o) / (1 - v.loss) + insurance + s.ins * years * v.insures
        extra = p.operations * (1 - p.operations_fall) ** t * years + r.repair_cost * late
        extra = extra + v.programme
        removed = s.removal * _exp(-v.r_o * s.t_o)
        extra = extra + where(r.removal_year <= START + t, removed, 0.0)
        mass_b, mass_t = _most(v.mass_b, x.mass.floor), _most(v.mass_t, x.mass.floor)
        y_b = s.y * v.older
        y_t = y_b * s.f_sun
        c0_b = value * per_value + extra
        c0_t = c0_b - _least(p.battery_share_limit * v.c_plat, s.saved) * per_value
        scale = per_value * v.price / 1000
        per_b, per_t = (c0_b + mass_b * scale) / y_b, (c0_t + mass_t * scale) / y_t
        o.per_unit, o.mass_b = _least(per_b, per_t), mass_b
        o.lcoc = o.per_unit / o.alive
        return o

    def batch(self, b: int) -> Tree:
        """March `b` paths; wins by quarter, comparator and population, populations, ratios."""
        torch, x = self.torch, self.inputs(b)
        s, where = self.static(x), torch.where
        la, f, m, c, g, r, sc = (
            x.launch,
            x.finance,
            x.market,
            x.chips,
            x.ground,
            x.reliability,
            x.schedule,
        )
        stand_of = self.text["events"]["launch.stand_down"]
        zeros = torch.zeros(b, device=self.device)

        def ou(k: float, volatility: float) -> tuple[float, float]:
            return math.exp(-k * DT), volatility * math.sqrt((1 - math.exp(-2 * k * DT)) / (2 * k))

        ou_power = ou(g.power_reversion, g.power_volatility)
        ou_cycle = ou(m.cycle_reversion, m.cycle_volatility)
        ou_wacc = ou(f.wacc_reversion, f.wacc_volatility)
        enters, leaves = -math.expm1(-m.shortage_entry * DT), -math.expm1(-m.shortage_exit * DT)
        hardens, walk_step = -math.expm1(-f.market_loss * DT), c.cost_walk * math.sqrt(DT)
        onsite = self.uniforms(b) < sc.onsite_share
        adder = where(onsite, g.onsite_adder, 0.0)
        shortage = self.uniforms(b) < m.shortage_entry / (m.shortage_entry + m.shortage_exit)
        accept = self.uniforms(b)
        mass, flown, per_year = (
            zeros + y for y in (la.mass_today, x.platform.flown_today, la.flights_today)
        )
        k, stand, walk, x_e, cycle, k2_ou, hard = (zeros.clone() for _ in range(7))
        mass_b, mass_t, facility = zeros + s.mass_b, zeros + s.mass_t, zeros + g.facility_cost
        trend, demand, onsite_delay = zeros + g.power_price, zeros + 1, zeros + sc.onsite_delay
        c6, die, inflation = c.ground_life, m.deviation_decay, 1 + f.inflation
        wins, kept, ratios, member = [], [], [], zeros[:, None]
        outside = _most(la.outside_markup, 1.0)
        for quarter in range(QUARTERS):
            t = quarter * DT
            k2 = _most(k2_ou + f.ground_wacc, f.wacc_floor)
            k1 = _least(k2 + f.orbit_spread, f.orbit_wacc)
            k1 = _most(k1, f.orbit_wacc - f.orbit_wacc_fall * t)
            r_o, r_g = _log((1 + k1) / inflation), _log((1 + k2) / inflation)
            chip = c.cost_today * _exp(walk)

            # Ground.
            e6 = _exp(-r_g * c6)
            a6 = (1 - e6) / r_g
            chips = chip * _exp(r_g * c.ground_lag) * (1 - s.kept * e6) / a6
            build = _exp(r_g * g.construction * 0.5) * r_g / (1 - _exp(-r_g * g.facility_life))
            rate = r_g - g.power_drift
            e_mu = e6 * s.mu_c6
            y = rate * c6
            power = where(
                y.abs() < 2e-2, c6 * (1 - y * (0.5 - y * (1 / 6 - y / 24))), (1 - e_mu) / rate
            )
            power = power + (_exp(x_e) - 1) * (1 - e_mu * s.k_c6) / (rate + g.power_reversion)
            power = power * trend / a6 + adder
            power = power * (8.76 * _most(g.pue * (1 - g.pue_fall) ** t, g.pue_floor))
            lcoc_g = chips + facility * (build + g.property_tax) + power + g.operations
            lcoc_g = lcoc_g + (r.ground_chip_failure + g.property_tax * 0.5) * chip
            lcoc_g = (lcoc_g + g.externalities * 1e-3) / g.availability

            # Orbit.
            pi_f = la.failure_mature + s.new * _exp(-la.reliability_exponent * k.log1p())
            fade, mk = 2 ** (-t / la.markup_half_life), la.competitive_markup
            mk = mk + (outside - mk) * fade
            if la.buyer == 1:
                mk = _least(mk, 1 + la.owner_margin)
            wright = la.cost_today * _exp(-s.b * _log(mass / la.mass_today))
            growth = _log(flown / x.platform.flown_today)
            v = Tree(r_o=r_o, chip=chip, mass_b=mass_b, mass_t=mass_t, insures=1.0)
            v.price = _most(wright, la.floor_cost) * mk
            v.c_plat = _most(x.platform.cost_today * _exp(s.slope * growth), x.platform.floor)
            slope = math.log(1 - r.infant_fall) / math.log(10)
            v.loss = 1 - (1 - pi_f) * (1 - r.infant_loss * _exp(slope * growth))
            v.u = where(pi_f > f.cover_limit, 0.0, f.insured_share)
            v.k3 = where(hard > 0, f.hard_market * f.launch_insurance, f.launch_insurance)
            v.t1 = _least(_most(r.repair_year - (START + t), 0.0), s.t_o)
            c7 = _most(c.orbit_lag * (1 - c.orbit_lag_fall) ** t, c.ground_lag)
            v.older, v.programme = _exp(-s.growth * (c7 - c.ground_lag)), s.programme
            o = self.orbit(x, s, v, t)
            ratio = o.lcoc / lcoc_g
            if quarter == 0:
                centre, widths, loss = self.text["conditioning"]
                like = {"loss": loss, "u": 0.0, "k3": 0.0, "insures": 0.0, "older": 1.0}
                like |= {"programme": 0.0, "price": _most(la.cost_today, la.floor_cost) * outside}
                published = self.orbit(x, s, Tree(**vars(v) | like), t).lcoc / lcoc_g
                distance = (published / centre).log()
                group = sum((accept < (-0.5 * (distance / w) ** 2).exp()).long() for w in widths)
                member = torch.nn.functional.one_hot(group, len(widths) + 1).float()

            # Comparators.
            building = m.lasting_margin + (1 - m.lasting_margin) * 2 ** (-t / m.margin_half_life)
            kappa = 1 + m.scarcity_margin * building
            above = _exp(cycle) * (1 + m.shortage_premium * shortage) - 1
            r_d = r_g + s.delta
            e_d = e6 * s.d_c6
            a_d = (1 - e_d) / r_d
            rent_g = a_d + above * (1 - e_d * s.f_c6) / (r_d + die)
            d_t1, f_t1 = _exp(-s.delta * v.t1), _exp(-die * v.t1)
            e1, e2, rate = o.e1 * d_t1, o.e2 * s.d_to / d_t1, r_o + s.delta
            rent_o = (1 - e1) / (rate + s.l1) + e1 * (1 - e2) / (rate + s.l2)
            e1, e2, rate = e1 * f_t1, e2 * s.f_to / f_t1, rate + die
            extra = (1 - e1) / (rate + s.l1) + e1 * (1 - e2) / (rate + s.l2)
            rent_o = rent_o + above * extra
            worth = lcoc_g * a6
            price = kappa * worth / a_d
            npv_g, npv_o = price * rent_g - worth, price * s.infant * rent_o - o.per_unit
            wait = sc.grid_congestion * sc.additions_today * (demand - 1)
            d_g = where(onsite, onsite_delay, sc.grid_delay + _least(wait, sc.longest_congestion))
            d_g = _least((_exp(sc.cancellation * d_g) - 1) / sc.cancellation, sc.longest_delay)
            d_o = _most(sc.development - t, 0.0) + c7 + sc.commissioning + stand * DT
            lasts = (1 - _exp(-r_g * s.t_o) * s.d_to) / r_d
            margin, swing = (kappa - 1) / (r_d * lasts), kappa * above / ((r_d + die) * lasts)
            waits = []
            for delay in (d_o, d_g):
                d = _least(delay, s.t_o)
                e = _exp(-r_d * d)
                w = 1 + margin * (1 - e) + swing * (1 - e * _exp(-die * d))
                waits.append(_most(w, m.least_wait_value))
            won = torch.stack([ratio < 1, npv_o > npv_g, ratio * waits[0] < waits[1]])
            wins.append(won.float() @ member)
            if quarter % 4 == 0:
                ratios.append(ratio)
            if quarter == QUARTERS - 1:
                break

            # The quarter's events.
            z_ok, z_chip, z_power, z_cycle, z_wacc = self.normals(5, b)
            u_loss, u_shortage, u_market = self.uniforms(3, b)
            lam = per_year * (DT * (1 - stand).clamp_(min=0))
            lf = lam * pi_f
            ls = lam - lf
            root = ls.sqrt()
            w = torch.maximum(z_ok, -3 * root)
            n_ok = (ls + root * w + (2 + w * w) * (1 / 6)).floor_().clamp_(min=0)
            n_ok.masked_fill_(ls < 1e-5, 0)
            miss = _exp(-lf)
            stand = (stand - 1).clamp_(min=0)
            lost = u_loss > miss
            if self.device.type == "cpu":  # rare, so drawn only where it happens
                hit = lost.nonzero()[:, 0]
                months = self.event(stand_of, la.stand_down[hit])
                stand[hit] += months / 3 / (1 + k[hit] / la.stand_down_experience).sqrt()
                k[hit] += lf[hit] / (1 - miss[hit])
            else:  # a count of hits would stop the device
                months = self.event(stand_of, la.stand_down)
                months = months / 3 / (1 + k / la.stand_down_experience).sqrt()
                stand += months * lost
                k += where(lost, lf / (1 - miss), 0.0)
            k += n_ok
            ramp = min(1.0, t / la.payload_ramp)
            lifted = n_ok * (la.payload_today + (la.payload_target - la.payload_today) * ramp)
            mass += lifted
            flown += s.share * lifted / o.mass_b
            per_year *= _exp(s.rise * (1 - per_year / la.cadence_cap))
            walk += walk_step * z_chip + c.cost_drift * DT
            x_e.mul_(ou_power[0]).add_(z_power, alpha=ou_power[1])
            cycle.mul_(ou_cycle[0]).add_(z_cycle, alpha=ou_cycle[1])
            k2_ou.mul_(ou_wacc[0]).add_(z_wacc, alpha=ou_wacc[1])
            shortage ^= u_shortage < where(shortage, leaves, enters)
            hard = where(u_market < hardens, f.hard_market_years, hard - DT)
            mass_b *= s.mass_fall
            mass_t *= s.mass_fall
            facility *= s.facility_rise
            trend *= s.power_rise
            demand *= s.demand_rise
            onsite_delay *= s.onsite_fall
        kept = member.sum(0)
        return Tree(wins=torch.stack(wins), population=kept, ratio=torch.stack(ratios))


def simulate(model: Model, paths: int, batch: int, *, keep: bool = False) -> Tree:
    """Counts of so many paths in float64, and with `keep` their ratios by year."""
    wins: Any = 0.0
    population: Any = 0.0
    ratios = []
    with model.torch.inference_mode():
        for first in range(0, paths, batch):
            found = model.batch(min(batch, paths - first))
            wins, population = wins + found.wins.double(), population + found.population.double()
            if keep:
                ratios.append(found.ratio)
        wins, population = wins.cpu(), population.cpu()  # the device has finished after this
    return Tree(wins=wins, population=population, ratio=ratios)


def main() -> None:
    """In an interpreter with torch: time, or with --check print what paths came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--paths", type=int, default=1 << 17)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    import torch

    torch.set_num_threads(given.threads)
    batch = given.batch or BATCH[given.device.split(":")[0]]
    model = Model(given.scenario, given.device, seed=1)
    if given.check:
        found = simulate(model, given.paths, batch, keep=True)
        ratio = torch.cat(found.ratio, 1)
        told = {
            "median": ratio.median(1).values.tolist(),
            "wins": found.wins.sum(2).T.tolist(),
            "population": found.population.tolist(),
        }
        print(json.dumps(told))
        return
    simulate(model, 2 * batch, batch)
    rates, cpu = [], []
    for _ in range(REPEATS):
        start, before = time.perf_counter(), time.process_time()
        simulate(model, given.paths, batch)
        rates.append(given.paths / (time.perf_counter() - start))
        cpu.append(given.paths / (time.process_time() - before))
    told = {
        "paths_per_second": statistics.median(rates),
        "slowest": min(rates),
        "fastest": max(rates),
        "paths_per_cpu_second": statistics.median(cpu),
        "version": torch.__version__,
        "batch": batch,
        "threads": given.threads,
        "device": given.device,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
