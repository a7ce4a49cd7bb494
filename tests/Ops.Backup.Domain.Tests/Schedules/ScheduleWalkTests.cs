using System.Globalization;
using Ops.Backup.Domain.Schedules;
using Shouldly;
using Xunit;

namespace Ops.Backup.Domain.Tests.Schedules;

/// <summary>Compares with a walk over every minute that applies the rule as it is written.</summary>
public sealed class ScheduleWalkTests
{
    private const int WalkedDays = 6;

    // Instants around which clocks change, and some where nothing happens.
    private static readonly Dictionary<string, string[]> Zones = new(StringComparer.Ordinal)
    {
        ["America/New_York"] = ["2026-03-08T07:00Z", "2026-11-01T06:00Z", "2028-02-29T12:00Z"],
        ["Europe/Berlin"] = ["2026-03-29T01:00Z", "2026-10-25T01:00Z", "2025-12-31T23:00Z"],
        ["Australia/Lord_Howe"] = ["2026-10-03T15:30Z", "2026-04-04T15:00Z"],
        ["Asia/Shanghai"] = ["2026-02-28T16:00Z", "1991-09-14T15:00Z", "1940-06-01T00:00Z"],
        ["America/Sao_Paulo"] = ["2018-11-04T03:00Z", "2018-02-18T02:00Z"],
        ["Africa/Casablanca"] = ["2025-02-23T02:00Z", "2025-04-06T02:00Z", "2026-02-15T02:00Z"],
        ["Pacific/Apia"] = ["2011-12-30T10:00Z", "2012-03-31T14:00Z"],
        ["Pacific/Kwajalein"] = ["1969-09-30T13:00Z", "1993-08-21T12:00Z"],
        ["Europe/Dublin"] = ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
        ["Asia/Kathmandu"] = ["1985-12-31T18:30Z"],
        ["UTC"] = ["2027-12-31T23:59Z"],
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_walk_over_every_minute_finds_the_same(int seed)
    {
        var random = new Random(seed);
        var (found, changes) = (0, 0);
        for (var i = 0; i < 1000; i++)
        {
            var zone = Zones.ElementAt(random.Next(Zones.Count));
            var near = DateTimeOffset.Parse(zone.Value[random.Next(zone.Value.Length)], CultureInfo.InvariantCulture).UtcDateTime;
            var start = near.AddSeconds(random.Next(-3 * 86_400, 86_400));
            if (random.Next(2) == 0) start = near.AddMinutes(random.Next(-90, 90));
            if (random.Next(8) == 0) start = near.AddSeconds(random.Next(-60, 1));
            var cron = new RandomCron(random);
            if (Parse(cron.Text, zone.Key) is not { } schedule) continue;
            var (walked, atChange) = Walk(cron, TimeZoneInfo.FindSystemTimeZoneById(zone.Key), start);
            var next = schedule.NextAfter(new DateTimeOffset(start))?.UtcDateTime;
            var told = $"{cron.Text} in {zone.Key} after {start:O}";
            if (walked is null) (next is null || next > start.AddDays(WalkedDays)).ShouldBeTrue($"{told}: {next:O}, but the walk found none");
            else next.ShouldBe(walked, told);
            if (walked is not null) found++;
            if (atChange) changes++;
        }
        found.ShouldBeGreaterThan(600);
        changes.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Far_times_match_in_local_time_and_come_in_order()
    {
        var random = new Random(5);
        var zones = Zones.Keys.ToArray();
        for (var i = 0; i < 3000; i++)
        {
            var cron = new RandomCron(random);
            var zone = TimeZoneInfo.FindSystemTimeZoneById(zones[random.Next(zones.Length)]);
            if (Parse(cron.Text, zone.Id) is not { } schedule) continue;
            var last = new DateTimeOffset(1950, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.NextInt64(60L * 24 * 365 * 120)).AddTicks(random.Next());
            foreach (var time in schedule.Next(5, last))
            {
                time.ShouldBeGreaterThan(last);
                var local = TimeZoneInfo.ConvertTime(time, zone).DateTime;
                var before = TimeZoneInfo.ConvertTime(time.AddMinutes(-1), zone).DateTime;
                (cron.Matches(local) || local - before > TimeSpan.FromMinutes(1)).ShouldBeTrue($"{cron.Text} in {zone.Id}: {time:O}");
                last = time;
            }
        }
    }

    private static Schedule? Parse(string text, string zone)
    {
        try
        {
            return Schedule.Parse(text, zone);
        }
        catch (InvalidValueException refusal) when (refusal.Code is "SCHEDULE_NEVER_FIRES")
        {
            return null;
        }
    }

    private static (DateTime? Time, bool AtChange) Walk(RandomCron cron, TimeZoneInfo zone, DateTime start)
    {
        var minute = TimeSpan.FromMinutes(1);
        var time = new DateTime(start.Ticks - start.Ticks % minute.Ticks, DateTimeKind.Utc).AddHours(-26);
        var highest = DateTime.MinValue;
        var last = time + zone.GetUtcOffset(time);
        for (; time <= start.AddDays(WalkedDays); time += minute)
        {
            var local = time + zone.GetUtcOffset(time);
            var repeated = local <= highest;
            if (time > start)
            {
                for (var skipped = last + minute; skipped < local && !cron.EveryHour; skipped += minute)
                    if (cron.Matches(skipped)) return (time, true);
                if (cron.Matches(local) && (!repeated || cron.EveryHour || cron.StepsMinutes)) return (time, repeated);
            }
            if (local > highest) highest = local;
            last = local;
        }
        return (null, false);
    }
}
