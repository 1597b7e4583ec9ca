"""The document, its page, and health: what needs no key."""

import pytest
from openapi_spec_validator import validate

from api.v1.front import V1
from gateway.domain.line import LineStatus
from gateway.services import GatewaySettings
from gateway.store.contract import StoreEnded


async def test_the_document_is_valid_and_names_every_route(rig):
    document = (await rig.call("GET", "/v1/openapi.json", key="")).body
    validate(document)
    assert document["openapi"].startswith("3.1")
    told = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert told == {(one.method, one.path) for one in V1(rig.gateway, rig.metrics).operations}
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


async def test_a_sent_message_is_described_as_it_is_taken(rig):
    document = (await rig.call("GET", "/v1/openapi.json", key="")).body
    schema = document["components"]["schemas"]["SendMessage"]
    assert set(schema["required"]) == {"to"}, "text, or a template"
    assert schema["additionalProperties"] is False
    told = set(schema["properties"])
    assert {"from", "schedule_at", "metadata", "send_window", "media", "template", "vars", "test"} <= told
    assert "from_" not in told


async def test_it_is_alive_and_ready_while_it_writes_and_a_line_is_up(rig):
    assert (await rig.call("GET", "/livez", key="")).body == {"status": "ok"}
    ready = await rig.call("GET", "/readyz", key="")
    assert (ready.status, ready.body["lines_up"], ready.body["database"]) == (200, 1, "ok")
    line = (await rig.store.lines())[0]
    await rig.store.set_line_status(line.num, LineStatus(), rig.clock.now())
    down = await rig.call("GET", "/readyz", key="")
    assert (down.status, down.body["status"], down.body["lines_up"]) == (503, "fail", 0)
    assert (await rig.call("GET", "/livez", key="")).status == 200


async def test_a_store_that_does_not_write_is_told(rig, monkeypatch):
    async def sick(_):
        return False

    monkeypatch.setattr(type(rig.store), "healthy", sick)
    assert (await rig.call("GET", "/livez", key="")).status == 200  # no new process would cure it
    assert (await rig.call("GET", "/readyz", key="")).status == 503


async def test_a_store_that_has_ended_is_told(rig, monkeypatch):
    async def ended(_):
        raise StoreEnded

    monkeypatch.setattr(type(rig.store), "healthy", ended)
    assert (await rig.call("GET", "/livez", key="")).status == 503
    assert (await rig.call("GET", "/readyz", key="")).status == 503


async def test_metrics_are_free_on_this_machine_and_name_nobody(rig):
    await rig.send()
    reply = await rig.call("GET", "/metrics", key="")
    assert reply.status == 200
    assert 'simgate_http_requests_total{code="202",route="/v1/messages"} 1.0' in reply.body
    assert "simgate_messages_accepted_total" in reply.body
    assert "13105551212" not in reply.body


async def test_metrics_through_a_proxy_need_a_key_that_may_read_lines(rig):
    through = {"X-Forwarded-For": "203.0.113.9"}
    assert (await rig.call("GET", "/metrics", key="", headers=through)).status == 401
    sender = await rig.key(scopes=("messages:send",))
    assert (await rig.call("GET", "/metrics", key=sender, headers=through)).status == 403
    assert (await rig.call("GET", "/metrics", headers=through)).status == 200


class TestFullQueue:
    @pytest.fixture
    def settings(self):
        return GatewaySettings(rate_per_key=0, max_pending=2)

    async def test_a_full_queue_refuses_and_says_when_to_come_again(self, rig):
        for _ in range(2):
            message = await rig.send()
        reply = await rig.call("POST", "/v1/messages", json={"to": "+13105551212", "text": "x"})
        assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "unavailable", "60")
        await rig.call("POST", f"/v1/messages/{message['id']}/cancel")
        rig.clock.turn(2)
        await rig.send()
