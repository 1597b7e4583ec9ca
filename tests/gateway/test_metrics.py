import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Metrics


def test_every_name_carries_the_prefix_and_renders():
    metrics = Metrics()
    metrics.messages_sent.labels(line="office", code="").inc()
    families = {family.name for family in text_string_to_metric_families(metrics.render().decode())}
    assert "simgate_messages_sent" in families
    assert all(name.startswith("simgate_") for name in families)


def test_two_daemons_in_one_process_count_apart():
    one, other = Metrics(), Metrics()
    one.http_requests.labels(route="/livez", code="200").inc()
    assert b'simgate_http_requests_total{code="200",route="/livez"} 1.0' in one.render()
    assert b'route="/livez"' not in other.render()


@pytest.mark.parametrize("private", ["number", "msisdn", "to", "from", "text", "message", "id", "imei", "iccid"])
def test_no_label_can_carry_what_a_scraper_may_not_see(private):
    labels = {label for family in vars(Metrics()).values() for label in getattr(family, "_labelnames", ())}
    assert labels
    assert private not in labels
