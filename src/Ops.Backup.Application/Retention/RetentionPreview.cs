namespace Ops.Backup.Application.Retention;

/// <summary>What rules would do now. Sizes are bytes, times UTC.</summary>
/// <param name="ConfigId" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a55">The config's id.</param>
/// <param name="Config" example="nightly">Its name.</param>
/// <param name="At" example="2026-11-21T03:00:00Z">The time that ages count to.</param>
/// <param name="TimeZone" example="Asia/Shanghai">The zone whose days, weeks, months and years count.</param>
/// <param name="BackupsDeleted" example="3">Backups that no store would have any more.</param>
/// <param name="BytesFreed" example="1237035">Of the dumps, in all stores.</param>
/// <param name="Plans">One for each store that has a rule; stores with the same rule and the same backups share one.</param>
/// <param name="Unlimited" example="[]">Stores without a rule: everything stays there.</param>
/// <param name="Failures">Runs that left nothing; null when no rule says how long they stay.</param>
public sealed record RetentionPreview(
    string ConfigId, string Config, DateTimeOffset At, string TimeZone, int BackupsDeleted, long BytesFreed, IReadOnlyList<PlanPreview> Plans, IReadOnlyList<string> Unlimited, PlanPreview? Failures);

/// <param name="Stores" example="[&quot;local&quot;,&quot;offsite&quot;]">The stores that it is for; none for failed runs.</param>
/// <param name="Retention">The rule.</param>
/// <param name="Goes">What would be deleted there, in that order.</param>
/// <param name="Stays">What would stay, newest first.</param>
public sealed record PlanPreview(IReadOnlyList<string> Stores, RetentionForm Retention, PlanSide Goes, PlanSide Stays);

/// <param name="Count" example="3">All of them.</param>
/// <param name="Bytes" example="1237035">Of all their dumps, in one store of the plan.</param>
/// <param name="Reasons">How many backups have which reason; one may have several.</param>
/// <param name="Backups">The first of them.</param>
public sealed record PlanSide(int Count, long Bytes, IReadOnlyDictionary<string, int> Reasons, IReadOnlyList<PlannedBackup> Backups);

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="StartedAt" example="2026-10-01T03:00:00Z">UTC.</param>
/// <param name="SizeBytes" example="412345">The dump's.</param>
/// <param name="Reasons">Why it goes or stays.</param>
public sealed record PlannedBackup(string Id, DateTimeOffset StartedAt, long SizeBytes, IReadOnlyList<ReasonView> Reasons);

/// <param name="Word" example="daily">Stable.</param>
/// <param name="Text" example="it stands for the day 2026-10-01">For people.</param>
public sealed record ReasonView(string Word, string Text);
