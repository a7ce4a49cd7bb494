using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Domain.Configs;

/// <summary>One store that a config's backups go to.</summary>
/// <param name="Retention">What of them is kept there; null for the config's rule.</param>
public sealed record ConfigStore(string StoreId, RetentionRule? Retention);
