namespace Ops.Backup.Domain.Retention;

/// <summary>Every way in which a rule or a history is refused.</summary>
public static class RetentionErrors
{
    public static InvalidValueException OutOfRange(string field, int value, int most) =>
        new("RETENTION_OUT_OF_RANGE", field, $"{field} is {value}; it goes from 0 to {most}.");

    public static InvalidValueException KeepsNothing() =>
        new("RETENTION_KEEPS_NOTHING", "retention", "The retention rule keeps nothing: one of count, days, hourly, daily, weekly, monthly, yearly must be more than 0.");

    public static InvalidValueException Twice(string id) =>
        new("BACKUP_LISTED_TWICE", "backups", $"Backup {id} is in the list twice.");
}
