using Microsoft.Extensions.Configuration;
using Ops.Backup.Api.Startup;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://localhost:1;http://[::1]:1")]
    [InlineData("https://127.0.0.2:8443")]
    public void Loopback_is_allowed(string urls) => Read(("urls", urls)).ShouldBe(urls.Split(';'));

    [Fact]
    public void Without_a_setting_it_is_port_8080_on_loopback() => Read().ShouldBe(["http://127.0.0.1:8080"]);

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://10.0.0.1:8080")]
    [InlineData("http://example.com:8080")]
    [InlineData("http://127.0.0.1:8080;http://10.0.0.1:80")]
    [InlineData("nonsense")]
    public void Any_other_address_is_refused_and_the_key_named(string urls) =>
        Should.Throw<StartupException>(() => Read(("urls", urls))).Message.ShouldStartWith("Configuration, urls:");

    [Fact]
    public void Addresses_by_another_way_are_refused_because_they_would_win() =>
        Should.Throw<StartupException>(() => Read(("Kestrel:Endpoints:Http:Url", "http://0.0.0.0:80"))).Message.ShouldContain("Kestrel:Endpoints");

    private static string[] Read(params (string Key, string Value)[] settings) =>
        ListenAddress.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, string? (pair) => pair.Value)).Build());
}
