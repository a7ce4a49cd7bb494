using System.Globalization;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

public sealed class JitterTests
{
    [Fact]
    public void An_id_has_the_same_delay_for_ever() => Jitter.Of("0199aaaa-0000-7000-8000-000000000001", 600).ShouldBe(TimeSpan.FromSeconds(545));

    [Fact]
    public void Many_ids_are_spread_evenly_and_stay_within()
    {
        var tenths = new int[10];
        for (var i = 0; i < 10_000; i++)
        {
            var seconds = (int)Jitter.Of("config-" + i.ToString(CultureInfo.InvariantCulture), 300).TotalSeconds;
            seconds.ShouldBeInRange(0, 299);
            tenths[seconds / 30]++;
        }
        tenths.ShouldAllBe(count => count > 850 && count < 1150);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_spread_is_no_delay(int seconds) => Jitter.Of("any", seconds).ShouldBe(TimeSpan.Zero);

    [Theory]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void A_spread_below_zero_or_beyond_a_day_is_refused(int seconds) =>
        Should.Throw<InvalidValueException>(() => Jitter.Of("any", seconds)).Code.ShouldBe("JITTER_OUT_OF_RANGE");
}
