namespace Ops.Backup.Domain.Retention;

/// <summary>Rules that people choose by name.</summary>
public enum RetentionPreset
{
    /// <summary>The newest seven.</summary>
    Last7,

    /// <summary>Thirty days, what hosts keep by default.</summary>
    Days30,

    /// <summary>Daily for 30 days, weekly for 12 weeks, monthly for 12 months, yearly for 7 years.</summary>
    DataProtection,
}
