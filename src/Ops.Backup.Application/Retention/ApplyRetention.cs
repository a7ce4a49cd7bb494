using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Retention;

namespace Ops.Backup.Application.Retention;

/// <summary>Deletes what the rules of a config do not keep, now.</summary>
/// <param name="Config">Its name or id.</param>
/// <param name="Most">How many deletions at most; there may be more to do afterwards.</param>
public sealed record ApplyRetention(string Config, int Most = ApplyRetention.Batch) : IRequest<RetentionResult>
{
    public const int Batch = 1000;
}

/// <param name="ConfigId" example="01999f3a-7c10-7b52-9a41-3d1f0b8e2a55">The config's id.</param>
/// <param name="Deleted" example="3">Backups that are gone whole.</param>
/// <param name="BytesFreed" example="1237035">Of the dumps, in all stores.</param>
/// <param name="Failed" example="0">Those of which something could not be deleted; it is tried again by itself.</param>
/// <param name="Waiting" example="0">Those of which something is on another node's disk.</param>
/// <param name="Changed" example="0">Those that stayed because they, or newer ones, changed since the plan was made.</param>
/// <param name="Left" example="0">What is left to do: ask again, or leave it to the next turn.</param>
/// <param name="Backups">Each that was dealt with.</param>
public sealed record RetentionResult(string ConfigId, int Deleted, long BytesFreed, int Failed, int Waiting, int Changed, int Left, IReadOnlyList<RetentionStep> Backups);

/// <param name="Id" example="0199a001-5b2c-7d10-8f3e-6a7b8c9d0e1f">The backup's id.</param>
/// <param name="StartedAt" example="2026-10-01T03:00:00Z">UTC.</param>
/// <param name="Outcome" example="deleted">deleted (all of it), copies_deleted (it stays in other stores), failed, waiting (for another node), changed.</param>
/// <param name="Error" example="null"><c>CODE: text</c>.</param>
public sealed record RetentionStep(string Id, DateTimeOffset StartedAt, string Outcome, string? Error);

public sealed partial class ApplyRetentionHandler(IConfigs configs, IRetention retention, IDeletions deletions, IMediator mediator, [FromKeyedServices(RetentionClock.Machine)] TimeProvider machine,
    ILogger<ApplyRetentionHandler> logger)
    : IRequestHandler<ApplyRetention, RetentionResult>
{
    // A store that fails so often in a row is down: the rest of what lies there waits for the next turn instead of failing one by one.
    private const int Patience = 3;

    public async Task<RetentionResult> Handle(ApplyRetention request, CancellationToken cancellationToken)
    {
        var config = await configs.GetAsync(request.Config, cancellationToken);
        var history = await retention.ReadAsync(config.Id, cancellationToken);
        try
        {
            RetentionClock.Check(history.Now, machine.GetUtcNow());
        }
        catch (ConflictException e)
        {
            LogClocks(logger, config.Name, e.Message);
            throw;
        }
        var turn = new Turn(request.Most);
        foreach (var (backup, stores) in Targets(ConfigPlan.Of(config.RetentionRules, history.Backups, history.Now, config.TimeZone)))
        {
            if (!turn.HasRoom || stores.Any(turn.IsDown))
            {
                turn.Left++;
                continue;
            }
            if (await deletions.BeginAsync(new Deletion(config.Id, backup.Id, stores), cancellationToken) is DeletionStart.Changed) turn.Steps.Add(new RetentionStep(backup.Id, backup.StartedAt, "changed", null));
            else turn.Add(backup, stores, await mediator.Send(new RemoveBackup(backup.Id, Again: false), cancellationToken));
        }
        var result = turn.ResultOf(config.Id);
        if (result.Backups.Count > 0) LogApplied(logger, config.Name, result.Deleted, result.Failed, result.Left);
        return result;
    }

    private static IEnumerable<(RetainedBackup Backup, IReadOnlyList<string> StoreIds)> Targets(ConfigPlan plan) =>
        plan.Stores.SelectMany(store => store.Plan.Deletions.Select(backup => (backup, store.StoreIds)))
            .Concat(plan.Failures.Reverse().Where(decision => !decision.IsKept).Select(decision => (decision.Backup, (IReadOnlyList<string>)[])));

    private sealed class Turn(int most)
    {
        private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
        private int _deleted;
        private long _bytes;

        public List<RetentionStep> Steps { get; } = [];

        public int Left { get; set; }

        public bool HasRoom => Steps.Count < most;

        public bool IsDown(string storeId) => _failures.GetValueOrDefault(storeId) >= Patience;

        public void Add(RetainedBackup backup, IReadOnlyList<string> stores, RemovalOutcome outcome)
        {
            foreach (var store in outcome.FailedStoreIds) _failures[store] = _failures.GetValueOrDefault(store) + 1;
            foreach (var store in stores.Except(outcome.FailedStoreIds, StringComparer.Ordinal)) _failures.Remove(store);
            _bytes += outcome.BytesFreed;
            if (outcome.IsDeleted) _deleted++;
            var word = outcome.Failure is not null ? "failed" : outcome.Waits ? "waiting" : outcome.IsDeleted ? "deleted" : "copies_deleted";
            Steps.Add(new RetentionStep(backup.Id, backup.StartedAt, word, outcome.Failure?.ToString()));
        }

        public RetentionResult ResultOf(string configId) => new(configId, _deleted, _bytes, Count("failed"), Count("waiting"), Count("changed"), Left, Steps);

        private int Count(string word) => Steps.Count(step => string.Equals(step.Outcome, word, StringComparison.Ordinal));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Retention of config {Config} is not applied: {Reason}")]
    private static partial void LogClocks(ILogger logger, string config, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Retention of config {Config}: {Deleted} backups deleted, {Failed} failed, {Left} left")]
    private static partial void LogApplied(ILogger logger, string config, int deleted, int failed, int left);
}
