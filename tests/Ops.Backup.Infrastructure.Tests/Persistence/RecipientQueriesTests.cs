using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

[Collection(PostgresCollection.Name)]
public sealed class RecipientQueriesTests(PostgresFixture postgres) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(postgres);
        await _database.ExecuteAsync("""
            INSERT INTO backup_store (id, name, settings, recipients) VALUES
                ('1', 'b', '{"kind":"local"}', '["k1", "unused"]'), ('2', 'a', '{"kind":"local"}', '["k1"]'), ('3', 'plain', '{"kind":"local"}', '[]');
            INSERT INTO db_backup_job (id, database, host, port, started_at, status, size_bytes, recipients, error_msg, deleted) VALUES
                ('new', 'd', 'h', '1', '2026-11-21Z', 'SUCCESS', 10, '["k1", "old''s"]', NULL, false), ('old', 'd', 'h', '1', '2026-11-20Z', 'SUCCESS', 5, '["old''s"]', NULL, false),
                ('copy', 'd', 'h', '1', '2026-11-22Z', 'FAILED', 100, '["k1"]', 'COPY_FAILED: x', false), ('failed', 'd', 'h', '1', '2026-11-23Z', 'FAILED', 1000, '["k1"]', 'X: x', false),
                ('deleted', 'd', 'h', '1', '2026-11-24Z', 'SUCCESS', 1000, '["k1"]', NULL, true), ('plain', 'd', 'h', '1', '2026-11-24Z', 'SUCCESS', 1000, '[]', NULL, false);
            INSERT INTO backup_copy (job_id, store_id, store_name, kind, status) VALUES ('copy', '1', 'b', 'local', 'completed'), ('failed', '1', 'b', 'local', 'failed');
            """);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Keys_of_stores_and_of_backups_are_listed_with_what_needs_them() =>
        (await new RecipientQueries(_database.Sql).ListAsync(CancellationToken.None))
            .Select(use => $"{use.Recipient}: {string.Join(',', use.Stores)} {use.Backups} {use.Bytes} {use.Newest:MM-dd}")
            .ShouldBe(["k1: a,b 2 110 11-22", "old's:  2 15 11-21", "unused: b 0 0 "], ignoreOrder: true);

    [Fact]
    public async Task Backups_are_filtered_by_a_key()
    {
        var page = await new BackupJobQueries(_database.Sql).ListAsync(new BackupListing { Filter = new BackupFilter { Recipient = "old's" } }, CancellationToken.None);
        page.Items.Select(item => item.Id).ShouldBe(["new", "old"]);
        page.Total.ShouldBe(2);
    }
}
