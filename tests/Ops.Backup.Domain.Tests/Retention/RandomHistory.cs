using System.Globalization;
using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Domain.Tests.Retention;

/// <summary>Histories as bad as they come: clocks that jump, equal times, failures only, holds, chains that are broken or rings.</summary>
internal static class RandomHistory
{
    public static List<RetainedBackup> Of(Random random, DateTimeOffset now, bool withFuture)
    {
        var count = random.Next(6) == 0 ? random.Next(4) : random.Next(70);
        var (failures, chains, spacing) = (random.Next(4) switch { 0 => 0, 1 => 100, _ => 30 }, random.Next(0, 90), random.Next(4) switch { 0 => 20, 1 => 700, 2 => 3000, _ => 20_000 });
        var time = now.AddMinutes(-(double)spacing * count / 2);
        var backups = new List<RetainedBackup>();
        for (var i = 0; i < count; i++)
        {
            time = time.AddMinutes(random.Next(12) switch { 0 => 0, 1 => -random.Next(spacing * 5), _ => random.Next(spacing) });
            if (!withFuture && time > now) time = now.AddMinutes(-random.Next(1000));
            var status = random.Next(100) < failures ? RetainedStatus.Failed : random.Next(25) == 0 ? RetainedStatus.Running : RetainedStatus.Good;
            backups.Add(new RetainedBackup(
                random.Next(1000).ToString(CultureInfo.InvariantCulture) + "-" + i.ToString(CultureInfo.InvariantCulture), time, status,
                IsProven: random.Next(5) == 0,
                HoldUntil: random.Next(15) == 0 ? now.AddMinutes(random.Next(-1000, 1000)) : null,
                DependsOn: random.Next(100) >= chains || i == 0 ? null : random.Next(20) == 0 ? "gone" : backups[random.Next(Math.Max(0, i - 3), i)].Id));
        }
        if (count > 3 && random.Next(10) == 0) backups[1] = backups[1] with { DependsOn = backups[count - 1].Id };
        return backups;
    }

    public static RetentionRule Rule(Random random)
    {
        int Some(int most) => random.Next(2) == 0 ? 0 : random.Next(1, most);
        int[] parts = [Some(10), Some(40), Some(10), Some(10), Some(6), Some(6), Some(3)];
        if (parts.All(part => part == 0)) parts[random.Next(7)] = 1;
        return new RetentionRule(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], random.Next(15), Some(48));
    }
}
