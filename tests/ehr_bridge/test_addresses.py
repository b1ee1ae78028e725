"""Which addresses may be called."""

from ipaddress import ip_address

import pytest

from ehr_bridge.addresses import AddressRules, forbidden

REFUSED = {
    "10.0.0.1": "private",
    "172.16.3.4": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "private",
    "0.0.0.0": "private",
    "255.255.255.255": "private",
    "192.0.2.1": "private",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.1.1": "link-local",
    "169.254.169.254": "metadata",
    "168.63.129.16": "metadata",
    "100.100.100.200": "metadata",
    "224.0.0.1": "multicast",
    "::1": "loopback",
    "::": "private",
    "fe80::1": "link-local",
    "fd00::1": "private",
    "fd00:ec2::254": "metadata",
    "ff02::1": "multicast",
    # IPv4 inside of IPv6
    "::ffff:127.0.0.1": "loopback",
    "::ffff:169.254.169.254": "metadata",
    "2002:7f00:1::": "loopback",
    "64:ff9b::a00:1": "private",
    "2001:0:a00:1::": "private",
}


@pytest.mark.parametrize(("address", "_why"), REFUSED.items())
def test_what_is_not_the_public_internet_is_refused(address: str, _why: str) -> None:
    assert AddressRules().refusal("host.example", ip_address(address)) is not None


@pytest.mark.parametrize(("address", "why"), [item for item in REFUSED.items() if ":" not in item[0]])
def test_the_reason_is_named(address: str, why: str) -> None:
    assert forbidden(ip_address(address)) == why


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_the_public_internet_is_called(address: str) -> None:
    assert AddressRules().refusal("host.example", ip_address(address)) is None


def test_a_network_of_the_settings_is_called() -> None:
    rules = AddressRules.of("10.1.0.0/16, 127.0.0.1")
    assert rules.refusal("ehr", ip_address("10.1.2.3")) is None
    assert rules.refusal("ehr", ip_address("127.0.0.1")) is None
    assert rules.refusal("ehr", ip_address("10.2.0.1")) == "private"


def test_a_name_of_the_settings_is_called_wherever_it_leads() -> None:
    rules = AddressRules.of("EHR.Bank.internal")
    assert rules.refusal("ehr.bank.internal.", ip_address("10.9.9.9")) is None
    assert rules.refusal("evil.example", ip_address("10.9.9.9")) == "private"


def test_a_metadata_service_must_be_named_alone() -> None:
    address = ip_address("169.254.169.254")
    assert AddressRules.of("169.254.0.0/16, metadata.internal").refusal("metadata.internal", address) == "metadata"
    assert AddressRules.of("169.254.169.254").refusal("metadata.internal", address) is None


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"'10\.1\.0\.7/16'"):
        AddressRules.of("10.1.0.7/16")


def test_plain_http_is_allowed_by_name() -> None:
    rules = AddressRules.of(plain="Old-EHR.local")
    assert rules.plain_allowed("old-ehr.local")
    assert not rules.plain_allowed("other.local")
    assert AddressRules.of(plain="*").plain_allowed("other.local")
