namespace Ops.Backup.Domain.Retention;

/// <summary>One reason, and what it is about: the period that the backup stands for, or the backup that needs it.</summary>
public sealed record RetentionNote(RetentionReason Reason, string? About = null)
{
    public string Word => Words.Of(Reason);

    public string Text => Reason switch
    {
        RetentionReason.Running => "it is running, or will be tried again",
        RetentionReason.TooYoung => "it is too young to be deleted",
        RetentionReason.OnHold => $"it is on hold until {About}",
        RetentionReason.NewestGood => "it is the newest good backup",
        RetentionReason.NewestProven => "it is the newest proven backup",
        RetentionReason.NeededBy => $"backup {About} needs it",
        RetentionReason.Count => "it is one of the newest that are counted",
        RetentionReason.Age => "it is not old enough",
        RetentionReason.Hourly => $"it stands for the hour {About}",
        RetentionReason.Daily => $"it stands for the day {About}",
        RetentionReason.Weekly => $"it stands for the week {About}",
        RetentionReason.Monthly => $"it stands for the month {About}",
        RetentionReason.Yearly => $"it stands for the year {About}",
        RetentionReason.RecentFailure => "it failed lately",
        RetentionReason.NewestFailure => "it is the newest failure and no good backup came after it",
        RetentionReason.NotKept => "no part of the retention rule keeps it",
        RetentionReason.OldFailure => "it failed and was kept long enough",
        _ => throw new InvalidOperationException($"{Reason} has no text."),
    };
}
