import itertools

import numpy as np
import pytest

from pipelines.simulate.codecs.packet_loss import loss_figures, lost_packets

COUNT = 100_000


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1, 0.3])
@pytest.mark.parametrize("mean_burst", [1, 2, 5])
def test_rate_and_mean_burst_are_those_asked(rate, mean_burst):
    """Standard errors from the chain itself: of the share, by its correlation time; of the mean run, geometric."""
    lost = lost_packets(COUNT, rate, mean_burst, seed=round(1000 * rate) + mean_burst)
    assert lost.shape == (COUNT,)
    found_rate, found_burst = loss_figures(lost)
    memory = 1 - 1 / mean_burst - rate / (1 - rate) / mean_burst
    rate_error = np.sqrt(rate * (1 - rate) / COUNT * (1 + memory) / (1 - memory))
    assert abs(found_rate - rate) <= 3 * rate_error
    bursts = COUNT * rate / mean_burst
    burst_error = np.sqrt(mean_burst * (mean_burst - 1) / bursts)
    assert abs(found_burst - mean_burst) <= 3 * burst_error + 1e-9


def test_runs_are_geometric():
    lost = lost_packets(COUNT, 0.2, 3, 1)
    runs = [len(list(run)) for is_lost, run in itertools.groupby(lost.tolist()) if is_lost]
    for length in (1, 2, 3, 6):
        expected = (2 / 3) ** (length - 1) / 3
        share = np.mean(np.array(runs) == length)
        assert abs(share - expected) <= 4 * np.sqrt(expected / len(runs))


def test_a_seed_fixes_the_pattern_and_a_longer_one_begins_alike():
    np.testing.assert_array_equal(lost_packets(500, 0.1, 2, 7), lost_packets(500, 0.1, 2, 7))
    assert (lost_packets(500, 0.1, 2, 7) != lost_packets(500, 0.1, 2, 8)).any()


def test_the_first_packet_is_as_likely_lost_as_any():
    first = np.mean([lost_packets(1, 0.3, 4, seed)[0] for seed in range(4000)])
    assert first == pytest.approx(0.3, abs=3 * np.sqrt(0.21 / 4000))


def test_no_loss_and_impossible_loss():
    assert not lost_packets(50, 0.0, 1, 0).any()
    for rate, burst in ((0.5, 0.5), (0.8, 2), (1.0, 3), (-0.1, 1)):
        with pytest.raises(ValueError, match="bursts"):
            lost_packets(50, rate, burst, 0)


def test_figures_of_a_known_pattern():
    pattern = np.array([1, 1, 0, 0, 1, 0, 1, 1, 1, 0], dtype=bool)
    assert loss_figures(pattern) == (0.6, 2.0)
    assert loss_figures(np.zeros(5, dtype=bool)) == (0.0, None)
