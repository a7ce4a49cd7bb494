using Ops.Backup.Domain.Sources;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests;

public sealed class DatabaseSourceTests
{
    [Theory]
    [InlineData("a'b\"c")]
    [InlineData("-weird")]
    [InlineData("a=b c")]
    [InlineData("订单😀")]
    public void A_database_may_have_any_name_that_postgresql_allows(string name) => A.Source(database: name).Database.ShouldBe(name);

    [Fact]
    public void A_name_is_measured_in_bytes_because_postgresql_cuts_it_there() =>
        Should.Throw<InvalidValueException>(() => A.Source(database: new string('订', 22))).Field.ShouldBe("database");

    [Theory]
    [InlineData("name", "")]
    [InlineData("name", "a\nb")]
    [InlineData("host", " ")]
    [InlineData("user", "a\0b")]
    public void What_can_not_travel_is_refused_and_the_field_named(string field, string value) =>
        Should.Throw<InvalidValueException>(() => A.Source(
            name: field == "name" ? value : "n", host: field == "host" ? value : "h", user: field == "user" ? value : "u")).Field.ShouldBe(field);

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    [InlineData(-1)]
    public void A_port_out_of_range_is_refused(int port) => Should.Throw<InvalidValueException>(() => A.Source(port: port)).Code.ShouldBe("PORT_OUT_OF_RANGE");

    [Theory]
    [InlineData("line\nbreak")]
    [InlineData("nul\0")]
    public void A_password_that_a_passfile_can_not_hold_is_refused(string password) =>
        Should.Throw<InvalidValueException>(() => SourceRules.Password(password)).Message.ShouldNotContain(password);
}
