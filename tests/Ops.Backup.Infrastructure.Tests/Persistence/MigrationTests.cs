using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

[Collection(PostgresCollection.Name)]
public sealed class MigrationTests(PostgresFixture postgres)
{
    private const string OldRows = """
        INSERT INTO db_backup_job (id, started_at, finished_at, duration_sec, database, mode, status, size_bytes, local_file, remote_urls, checksum, error_msg)
        VALUES ('old-1', '2025-01-01T00:00:00Z', '2025-01-01T00:10:00Z', 600, 'orders', 'both', 'SUCCESS', 42, '/data/orders.dump', '["oss://b/k1","oss://b/k2"]', 'ab', NULL),
               ('old-2', '2025-01-02T00:00:00Z', NULL, NULL, NULL, NULL, 'broken', NULL, NULL, NULL, NULL, 'no one knows');
        """;

    [Fact]
    public async Task Rows_of_the_first_schema_survive_every_migration()
    {
        await using var database = await TestDatabase.CreateAsync(postgres, "202611210900_CreateDbBackupJob");
        await database.ExecuteAsync(OldRows);

        await MigrationRunner.MigrateAsync(database.DataSource, null, CancellationToken.None);

        await CheckOldRowsAsync(database);
    }

    [Fact]
    public async Task A_table_that_another_platform_made_with_addresses_as_text_is_adopted()
    {
        await using var database = await TestDatabase.CreateAsync(postgres, before: $"""
            CREATE TABLE db_backup_job (
                id varchar(36) PRIMARY KEY, started_at timestamptz NOT NULL, finished_at timestamptz, duration_sec bigint, database text, mode text, status text, size_bytes bigint,
                local_file text, remote_urls text, checksum text, error_msg text, create_time timestamptz NOT NULL DEFAULT now(), update_time timestamptz NOT NULL DEFAULT now(),
                deleted boolean NOT NULL DEFAULT false);
            {OldRows}
            """);

        await CheckOldRowsAsync(database);
    }

    [Fact]
    public async Task The_columns_have_the_types_that_people_and_scripts_know()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);

        (await database.ListAsync("""
            SELECT column_name || ' ' || CASE data_type WHEN 'character varying' THEN 'varchar(' || character_maximum_length || ')' WHEN 'timestamp with time zone' THEN 'timestamptz' ELSE data_type END
            FROM information_schema.columns WHERE table_name = 'db_backup_job' ORDER BY ordinal_position LIMIT 15
            """)).ShouldBe([
            "id varchar(36)", "started_at timestamptz", "finished_at timestamptz", "duration_sec bigint", "database text", "mode text", "status text", "size_bytes bigint",
            "local_file text", "remote_urls jsonb", "checksum text", "error_msg text", "create_time timestamptz", "update_time timestamptz", "deleted boolean"]);
    }

    [Fact]
    public async Task Every_table_and_column_of_ours_has_a_comment_in_Chinese()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);

        // The engine's own schema and the list of migrations are not ours to describe.
        (await database.ListAsync("""
            SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN LATERAL (SELECT attnum, attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped UNION ALL SELECT 0, NULL) a ON true
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v') AND c.relname <> '__EFMigrationsHistory'
                AND coalesce(CASE WHEN a.attnum = 0 THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END, '') !~ '[一-龥]'
            """)).ShouldBeEmpty();
        (await database.AskAsync<long>("SELECT count(*) FROM pg_description WHERE description ~ '[一-龥]'")).ShouldBeGreaterThan(60);
    }

    [Fact]
    public async Task Four_nodes_that_start_at_once_migrate_once()
    {
        await using var database = await TestDatabase.CreateAsync(postgres, "0");

        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrationRunner.MigrateAsync(database.DataSource, null, CancellationToken.None))));

        applied.Count(names => names.Count > 0).ShouldBe(1);
        (await database.AskAsync<long>("SELECT count(*) FROM \"__EFMigrationsHistory\"")).ShouldBe(applied.Max(names => names.Count));
    }

    [Fact]
    public async Task All_migrations_can_be_taken_back_and_made_again()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);

        await MigrationRunner.MigrateAsync(database.DataSource, "0", CancellationToken.None);
        (await database.ListAsync("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND relkind IN ('r', 'v')"))
            .ShouldBe(["__EFMigrationsHistory"]);
        await MigrationRunner.MigrateAsync(database.DataSource, null, CancellationToken.None);
    }

    [Fact]
    public async Task Update_time_is_kept_by_the_database()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);
        await database.ExecuteAsync("INSERT INTO db_backup_job (id, started_at, update_time) VALUES ('j', now(), '2000-01-01Z')");

        await database.ExecuteAsync("UPDATE db_backup_job SET description = 'x', update_time = '2000-01-01Z'");

        (await database.AskAsync<bool>("SELECT update_time > now() - interval '1 minute' FROM db_backup_job")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("INSERT INTO backup_store (id, name, settings) VALUES ('x', 'x', '{}')", "kind")]
    [InlineData("INSERT INTO backup_store (id, name, settings) VALUES ('x', 'x', '{\"kind\":\"nfs\"}')", "ck_backup_store_kind")]
    [InlineData("INSERT INTO backup_store (id, name, settings, recipients) VALUES ('x', 'x', '{\"kind\":\"s3\"}', '{}')", "ck_backup_store_recipients")]
    [InlineData("INSERT INTO backup_store (id, name, settings, bytes_per_second) VALUES ('x', 'x', '{\"kind\":\"s3\"}', 0)", "ck_backup_store_bytes_per_second")]
    [InlineData("INSERT INTO backup_store (id, name, settings) VALUES ('x', 's', '{\"kind\":\"s3\"}')", "ux_backup_store_name")]
    [InlineData("INSERT INTO backup_copy (job_id, store_id, store_name, kind) VALUES ('j', 's', 's', 'local')", "pk_backup_copy")]
    [InlineData("UPDATE backup_copy SET status = 'done'", "ck_backup_copy_status")]
    [InlineData("UPDATE backup_copy SET size_bytes = -1", "ck_backup_copy_size")]
    [InlineData("UPDATE backup_copy SET kind = 'ftp'", "ck_backup_copy_kind")]
    [InlineData("DELETE FROM backup_store", "fk_backup_copy_store")]
    [InlineData("INSERT INTO store_usage (store_id, node, measured_at, used_bytes) VALUES ('s', '', now(), -1)", "ck_store_usage_bytes")]
    public async Task What_a_store_or_a_copy_can_not_be_is_refused_by_the_database(string sql, string rule)
    {
        await using var database = await TestDatabase.CreateAsync(postgres);
        await AddCopyAsync(database);

        (await Should.ThrowAsync<Npgsql.PostgresException>(() => database.ExecuteAsync(sql))).ShouldSatisfyAllConditions(e => (e.ConstraintName ?? e.ColumnName).ShouldBe(rule));
    }

    [Fact]
    public async Task Copies_go_with_their_backup_and_what_was_measured_with_its_store()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);
        await AddCopyAsync(database);
        await database.ExecuteAsync("INSERT INTO store_usage (store_id, node, measured_at, used_bytes) VALUES ('s', '', now(), 1); UPDATE backup_copy SET update_time = '2000-01-01Z'");
        (await database.AskAsync<bool>("SELECT status = 'pending' AND attempts = 0 AND update_time > now() - interval '1 minute' FROM backup_copy")).ShouldBeTrue();

        await database.ExecuteAsync("DELETE FROM db_backup_job; DELETE FROM backup_store");

        (await database.AskAsync<long>("SELECT (SELECT count(*) FROM backup_copy) + (SELECT count(*) FROM store_usage)")).ShouldBe(0);
    }

    [Fact]
    public async Task People_find_their_words_in_the_view_backup_records()
    {
        await using var database = await TestDatabase.CreateAsync(postgres);
        await database.ExecuteAsync("""
            INSERT INTO db_backup_job (id, started_at, trigger, status, local_file, size_bytes, deleted) VALUES
                ('a', now(), 'manual', 'SUCCESS', '/f', 1, false), ('b', now(), 'reported', 'CANCELED', NULL, NULL, false), ('c', now(), 'automatic', 'RUNNING', NULL, NULL, false),
                ('d', now(), 'automatic', 'SUCCESS', NULL, NULL, true);
            """);

        (await database.ListAsync("SELECT concat_ws('|', id, backup_type, backup_status, backup_file_path, backup_file_size) FROM backup_records ORDER BY id"))
            .ShouldBe(["a|manual|completed|/f|1", "b|automatic|failed", "c|automatic|in_progress"]);
    }

    private static Task AddCopyAsync(TestDatabase database) => database.ExecuteAsync("""
        INSERT INTO db_backup_job (id, started_at) VALUES ('j', now());
        INSERT INTO backup_store (id, name, settings) VALUES ('s', 's', '{"kind":"local","folder":"/x"}');
        INSERT INTO backup_copy (job_id, store_id, store_name, kind) VALUES ('j', 's', 's', 'local');
        """);

    private static async Task CheckOldRowsAsync(TestDatabase database)
    {
        (await database.ListAsync("""
            SELECT concat_ws('|', id, started_at AT TIME ZONE 'UTC', duration_sec, database, mode, status, size_bytes, local_file, remote_urls, checksum, error_msg, trigger, type, host)
            FROM db_backup_job ORDER BY id
            """)).ShouldBe([
            "old-1|2025-01-01 00:00:00|600|orders|both|SUCCESS|42|/data/orders.dump|[\"oss://b/k1\", \"oss://b/k2\"]|ab|reported|full|",
            "old-2|2025-01-02 00:00:00|broken|[]|no one knows|reported|full|"]);
        (await database.AskAsync<string>("SELECT remote_urls ->> 1 FROM db_backup_job WHERE id = 'old-1'")).ShouldBe("oss://b/k2");
    }
}
