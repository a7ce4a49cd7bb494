using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>Files are applied by every node that starts; whoever comes second sees what the first has done.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ConfiguredConfigsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private QueueLab _lab = null!;

    private ConfigRepository Configured => _lab.Configs;

    public async Task InitializeAsync() => _lab = await QueueLab.CreateAsync(postgres);

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task Nodes_take_turns()
    {
        var source = await _lab.AddSourceAsync("a");
        using var entered = new SemaphoreSlim(0);
        using var release = new ManualResetEventSlim();
        var first = Task.Run(() => Configured.DefineAsync(
            _ =>
            {
                entered.Release();
                release.Wait(Patience);
                return [Config("c", source)];
            },
            CancellationToken.None));
        (await entered.WaitAsync(Patience)).ShouldBeTrue();
        IReadOnlyList<BackupConfig> seen = [];
        var second = Task.Run(() => Configured.DefineAsync(known => { seen = known; return []; }, CancellationToken.None));
        try
        {
            await Poll.Until("the second waits", () => _lab.Database.AskAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), count => count == 1, Patience);
        }
        finally
        {
            release.Set();
        }
        await Task.WhenAll(first, second);
        seen.Select(config => config.Name).ShouldBe(["c"]);
    }

    [Fact]
    public async Task What_can_not_be_written_whole_is_not_written_at_all()
    {
        var source = await _lab.AddSourceAsync("a");
        var known = await _lab.AddConfigAsync("known", source, "@daily");
        var refused = await Should.ThrowAsync<ConflictException>(() => Configured.DefineAsync(
            all =>
            {
                all[0].Release(DateTimeOffset.UtcNow);
                return [Config("new", source), all[0], Config("known", source)];
            },
            CancellationToken.None));
        refused.Code.ShouldBe("CONFIG_NAME_TAKEN");
        var left = await Configured.AllAsync(CancellationToken.None);
        left.Select(config => (config.Id, config.Enabled)).ShouldBe([(known.Id, true)]);
    }

    [Fact]
    public async Task A_config_remembers_that_it_came_from_a_file()
    {
        var source = await _lab.AddSourceAsync("a");
        await Configured.DefineAsync(_ => [Config("c", source)], CancellationToken.None);
        await Configured.DefineAsync(
            all =>
            {
                all[0].Release(DateTimeOffset.UtcNow);
                return all;
            },
            CancellationToken.None);
        var config = await _lab.Configs.GetAsync("c", CancellationToken.None);
        (config.IsConfigured, config.WasConfigured, config.Enabled).ShouldBe((false, true, false));
        await _lab.Configs.SaveAsync(config, CancellationToken.None);
        (await _lab.Configs.GetAsync("c", CancellationToken.None)).WasConfigured.ShouldBeTrue("a change by people leaves it so");
    }

    private static BackupConfig Config(string name, Domain.Sources.DatabaseSource source) => BackupConfig.Create(QueueLab.Facts(name, source, "@daily"), isConfigured: true, DateTimeOffset.UtcNow);
}
