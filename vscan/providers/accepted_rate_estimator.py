"""Estimate which interval between request starts a service accepts, from its 429s.

The model is a leaky bucket: each accepted request fills it by one, it leaks at a constant rate,
and the service answers 429 where the next request would overflow it. A pause needs no rule of its
own: the bucket leaks during it, and after a long one it is empty.
"""

import math
from collections import deque

_MAX_INTERVAL_S = 30.0
_LEAST_LEARNT_S = 0.01  # zero, doubled, would stay zero
_RECENT = 5  # starts from which the observed spacing is computed
_GOOD_RUN = 10  # requests without a 429 before the interval changes
_NEARLY = 0.97  # of the target rate: then it counts as reached
_FIRST_STEP = 0.1  # by which the rate then grows, while there was only one 429
_STEP = 0.05  # the same later
_STEP_GROWTH = 1.5
_REMEMBERED = 2000  # requests
_RATES_TRIED = 60


class RateEstimator:
    """Computes how soon a request may follow another. Not thread-safe; times in seconds.

    ``interval_s`` is the least time between two starts, except for the few that may follow
    each other faster after a pause. Neither is ever shorter than the given interval.
    """

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        self._shortest_s = interval_s
        self._history = _History()
        self._starts: list[float] = []  # since the last 429
        self._answered = 0  # before the first
        self._learnt = 0  # how many 429s the interval was learnt from
        self._good_in_a_row = 0
        self._at_once = 0  # starts that may still follow each other at the shortest interval
        self._at_once_given = 0
        self._at_once_share = 1.0
        self._stretch_began = 0.0
        self._stretch_accepted = 1
        self._stretch_ended = 0.0
        self._aim = 0.0  # requests a second that the service may accept, as far as is known
        self._step = _FIRST_STEP
        self._cost_s = 0.0  # what another 429 would cost

    def started(self, now: float) -> float:
        """Record a start. Returns the least time until the next one."""
        self._starts.append(now)
        self._at_once -= 1
        return self._shortest_s if self._at_once >= 0 else self.interval_s

    def accepted(self) -> None:
        """Record an answer other than 429; after a run of them the interval gets shorter.

        Below the target rate, the rate moves half of the distance to it after ten answers. Then it
        grows by small steps, larger ones the longer no 429 comes, and each step waits until it
        has gained what it may lose: the part of a pause that the service did not need.
        """
        if not self._learnt:
            self._answered += 1
            return
        self._good_in_a_row += 1
        rate = 1 / self.interval_s if self.interval_s else math.inf
        if self._good_in_a_row < _GOOD_RUN:
            return
        if rate < self._aim * _NEARLY:
            rate = math.sqrt(rate * self._aim)
        elif self._good_in_a_row >= max(
            _GOOD_RUN * 2 ** (self._learnt - 1), self._cost_s * rate / self._step
        ):
            rate *= 1 + self._step
            self._step *= _STEP_GROWTH
        else:
            return
        self._good_in_a_row = 0
        self.interval_s = max(self._shortest_s, 1 / rate)

    def refused(self, now: float, pause_s: float) -> None:
        """Record a 429, and a pause during which nothing starts: make the interval longer.

        The first 429 may be about requests at a time and not about their rate: it
        doubles the interval, from the spacing just observed where that is larger, or
        more where the pause is long. From the second on the rate is inferred; the
        interval is at most doubled.
        """
        starts, self._starts = self._starts, []
        first = not self._learnt
        self._good_in_a_row = self._at_once = 0
        number = max(0, min(self._answered if first else len(starts), len(starts) - 1))
        if first or number:
            self._stretch_began = self._stretch_ended
            if first:
                self._stretch_began = starts[0] if starts else now
            self._stretch_accepted, self._stretch_ended = max(number, 1), now
        took_s = now - self._stretch_began
        if first or not number:
            took_s += pause_s
        proven = self._stretch_accepted / took_s if took_s else math.inf
        if not first and not number:
            # The pause was too short, not the pace too fast. What came before it is
            # then all that the service allowed in the whole time; unless a moment was
            # missing, as where the network was faster than for the request before.
            if pause_s < self.interval_s:
                return
            self._aim = min(proven, 1 / self.interval_s)
            self.interval_s = min(_MAX_INTERVAL_S, 1 / self._aim)
            return
        fastest = 1 / max(self.interval_s, _spacing(starts[: number + 1]), _LEAST_LEARNT_S)
        if starts:
            self._history.add(starts[:number], starts[number])
        least = min(proven, fastest / 2)
        if first:
            rate, self._aim = min(fastest / 2, math.sqrt(least * fastest)), fastest
        else:
            # From one 429 to the next the service gave what it had taken back.
            least = min(proven, fastest / 1.05)
            rate, aim = self._history.rates(least, fastest / 1.02)
            rate = max(rate, fastest / 2)
            self._aim, self._step = max(aim, rate), _STEP
            self._cost_s = self._history.idle_s(rate, pause_s)
            if self._learnt > 1 and number <= self._at_once_given + 2:
                self._at_once_share /= 2  # those starts drew the 429
        room = self._history.room(rate, pause_s)
        self._at_once = self._at_once_given = int(max(0, room - 1) * self._at_once_share)
        self._learnt += 1
        self.interval_s = min(_MAX_INTERVAL_S, max(self._shortest_s, 1 / rate))


def _spacing(starts: list[float]) -> float:
    recent = starts[-_RECENT:]
    return (recent[-1] - recent[0]) / (len(recent) - 1) if len(recent) > 1 else 0.0


class _History:
    """The times of accepted and refused requests, and the bucket that explains them."""

    def __init__(self) -> None:
        self._requests: deque[tuple[float, bool]] = deque(maxlen=_REMEMBERED)

    def add(self, starts: list[float], refused_at: float) -> None:
        """Record the starts of accepted requests, and of the refused one after them."""
        self._requests.extend((at, True) for at in starts)
        self._requests.append((refused_at, False))

    def rates(self, least: float, most: float) -> tuple[float, float]:
        """Return the likeliest rate between two, in requests a second, and the greatest.

        Of several rates that explain everything the likeliest is the geometric mean, since only
        the order of magnitude is known then. Where none does, the rate that explains most.
        """
        step = (most / least) ** (1 / _RATES_TRIED)
        tried = [least * step**number for number in range(_RATES_TRIED + 1)]
        margins = {}
        for rate in tried:
            highest, lowest, _ = self._levels(rate)
            margins[rate] = lowest - highest
        explaining = [rate for rate in tried if margins[rate] > 0]
        if explaining:
            return math.sqrt(explaining[0] * explaining[-1]), explaining[-1]
        best = max(tried, key=margins.__getitem__)
        return best, best

    def idle_s(self, rate: float, pause_s: float) -> float:
        """Return for how many seconds of a pause the bucket is empty."""
        *_, level = self._levels(rate)
        return max(0.0, pause_s - level / rate)

    def room(self, rate: float, pause_s: float) -> int:
        """Return for how many requests the bucket has room after a pause."""
        highest, lowest, level = self._levels(rate)
        capacity = max(highest, (highest + lowest) / 2) if self._requests else 0
        return int(capacity - max(0.0, level - rate * pause_s) + 1e-6)

    def _levels(self, rate: float) -> tuple[float, float, float]:
        """Return the highest accepted level, the lowest refused level, and the last level.

        A rate explains everything if the first is below the second.
        """
        level = highest = 0.0
        lowest = math.inf
        before = self._requests[0][0] if self._requests else 0.0
        for at, accepted in self._requests:
            level = max(0.0, level - rate * (at - before))
            before = at
            if accepted:
                level += 1
                highest = max(highest, level)
            else:
                lowest = min(lowest, level + 1)
        return highest, lowest, level
