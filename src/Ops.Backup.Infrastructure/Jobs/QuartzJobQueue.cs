using Ops.Backup.Application.Ports;
using Quartz;

namespace Ops.Backup.Infrastructure.Jobs;

/// <summary>
/// The queue in Quartz's clustered store. A trigger keeps the time at which it was due however long it waits, so the order of
/// requests is the order of runs.
/// </summary>
internal sealed class QuartzJobQueue(ISchedulerFactory factory, TimeProvider time) : IJobQueue
{
    private const string Group = "backups";

    public async Task EnqueueAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken)
    {
        var scheduler = await factory.GetScheduler(cancellationToken);
        var job = new JobKey(jobId, Group);
        var trigger = TriggerBuilder.Create()
            .WithIdentity($"{jobId}/{Guid.CreateVersion7()}", Group)
            .ForJob(job)
            .StartAt(time.GetUtcNow() + delay)
            .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
            .Build();
        try
        {
            if (!await scheduler.Exists(job, cancellationToken))
                await scheduler.ScheduleJob(JobBuilder.Create<RunBackupJob>().WithIdentity(job).Build(), trigger, cancellationToken: cancellationToken);
            else if (delay > TimeSpan.Zero)
                await scheduler.ScheduleJob(trigger, cancellationToken: cancellationToken);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another node was faster; it is queued.
        }
        catch (JobPersistenceException) when (delay > TimeSpan.Zero)
        {
            // It was cancelled between the look and the trigger. Were it still PENDING, the reaper would queue it again.
            if (await scheduler.Exists(job, cancellationToken)) throw;
        }
    }

    public async Task RemoveAsync(string jobId, CancellationToken cancellationToken)
    {
        var scheduler = await factory.GetScheduler(cancellationToken);
        try
        {
            await scheduler.DeleteJob(new JobKey(jobId, Group), cancellationToken);
        }
        catch (SchedulerException)
        {
            // A thread took it at the same moment. It will find the row not PENDING any more and do nothing.
        }
    }

    public async Task<IReadOnlyList<ScheduledJob>> ListAsync(CancellationToken cancellationToken)
    {
        var scheduler = await factory.GetScheduler(cancellationToken);
        var triggers = await scheduler.QueryTriggers(new TriggerQuery(), cancellationToken);
        return [.. triggers.Items.Where(trigger => trigger.NextFireTimeUtc is not null)
            .Select(trigger => new ScheduledJob(trigger.JobKey.Name, trigger.NextFireTimeUtc!.Value)).OrderBy(job => job.At)];
    }
}
