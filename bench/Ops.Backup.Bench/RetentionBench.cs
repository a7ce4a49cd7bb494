using System.Diagnostics;
using System.Globalization;
using Ops.Backup.Domain.Retention;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Bench;

/// <summary>Reads the backups of each config and plans what goes, config by config as the service does. Nothing is deleted.</summary>
internal static class RetentionBench
{
    private static readonly RetentionRules Rules = new(RetentionRule.Of(RetentionPreset.DataProtection), new Dictionary<string, RetentionRule>(StringComparer.Ordinal));

    public static async Task<int> RunAsync(int rows, int configs)
    {
        Heading.Write("Retention");
        await using var database = await BenchDatabase.StartAsync();
        foreach (var sql in Seed(rows, configs)) await database.ExecuteAsync(sql);
        var retention = new RetentionStore(database.Sql);
        var ids = await database.Sql.QueryAsync("SELECT id FROM backup_config ORDER BY id", [], row => row.GetString(0), CancellationToken.None);
        // The first config warms up code and connection.
        await PlanAsync(retention, ids[0]);
        var before = Memory("VmRSS");
        Console.WriteLine("| round | configs | backups | to be deleted | seconds | of it reading | seconds of CPU, service + server | peak memory over the start, MB |\n|---|---|---|---|---|---|---|---|");
        for (var round = 1; round <= 3; round++)
        {
            var cpu = await CpuAsync(database);
            var (backups, deletions, reading, start) = (0L, 0L, TimeSpan.Zero, Stopwatch.GetTimestamp());
            foreach (var id in ids)
            {
                var read = await PlanAsync(retention, id);
                (backups, deletions, reading) = (backups + read.Backups, deletions + read.Deletions, reading + read.Reading);
            }
            var (seconds, used) = (Stopwatch.GetElapsedTime(start).TotalSeconds, await CpuAsync(database));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {round} | {ids.Count:N0} | {backups:N0} | {deletions:N0} | {seconds:0.00} | {reading.TotalSeconds:0.00} | {used.Service - cpu.Service:0.00} + {used.Server - cpu.Server:0.00} | {Memory("VmHWM") - before:0} |"));
        }
        return 0;
    }

    private static async Task<(int Backups, int Deletions, TimeSpan Reading)> PlanAsync(RetentionStore retention, string configId)
    {
        var start = Stopwatch.GetTimestamp();
        var history = await retention.ReadAsync(configId, CancellationToken.None);
        var reading = Stopwatch.GetElapsedTime(start);
        var plan = ConfigPlan.Of(Rules, history.Backups, history.Now, "Asia/Shanghai");
        return (history.Backups.Count, plan.Stores.Sum(store => store.Plan.Deletions.Count) + plan.Failures.Count(decision => !decision.IsKept), reading);
    }

    // A backup every 95 seconds, one config after the other, so that those of one are scattered over the table: 4 % failed, nine of ten verified.
    private static string[] Seed(int rows, int configs) =>
    [
        // They cost more than the seeding itself, and nothing here reads them.
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT indexname FROM pg_indexes WHERE tablename = 'db_backup_job' AND indexname LIKE 'ix%' AND indexname NOT LIKE '%config_started' LOOP EXECUTE 'DROP INDEX ' || name; END LOOP; END $$",
        "INSERT INTO database_source (id, name, host, port, database, user_name) VALUES ('src', 'orders', 'db1', 5432, 'orders', 'backup')",
        "INSERT INTO backup_store (id, name, settings) VALUES ('01999f3a-7c10-7b52-9a41-3d1f0b8e2a99', 'disk', '{\"kind\":\"local\",\"folder\":\"/data\"}')",
        $"""
        INSERT INTO backup_config (id, name, source_id, type, format, jobs, compression, include_globals, time_zone, jitter_sec, run_missed, when_busy, retries, retry_delay_sec, priority,
            description_template, enabled)
        SELECT md5(g::text)::uuid::text, 'c' || g, 'src', 'full', 'custom', 1, 'zstd:1', true, 'UTC', 0, true, 'wait', 0, 0, 0, 'x', true FROM generate_series(0, {configs - 1}) g
        """,
        $"""
        INSERT INTO db_backup_job (id, started_at, finished_at, duration_sec, database, mode, status, size_bytes, local_file, checksum, error_msg, host, port, trigger, type, config_id, base_name, files)
        SELECT gen_random_uuid()::text, s, s + interval '60 seconds', 60, 'orders_' || g % 100, 'local', CASE WHEN g % 25 = 0 THEN 'FAILED' ELSE 'SUCCESS' END, 1000000,
            '/data/db-backups/data/orders_' || g || '.dump', md5(g::text) || md5((g + 1)::text), CASE WHEN g % 25 = 0 THEN 'CONNECTION_FAILED: connection refused' END,
            'db1', '5432', 'automatic', 'full', md5((g % {configs})::text)::uuid::text, 'orders_' || g,
            jsonb_build_array(jsonb_build_object('role', 'dump', 'name', 'orders_' || g || '.dump', 'sizeBytes', 1000000, 'sha256', md5(g::text) || md5((g + 1)::text)))
        FROM (SELECT g, now() - g * interval '95 seconds' AS s FROM generate_series(1, {rows}) g) x
        """,
        """
        INSERT INTO backup_copy (job_id, store_id, store_name, kind, status, size_bytes, node)
        SELECT id, '01999f3a-7c10-7b52-9a41-3d1f0b8e2a99', 'disk', 'local', CASE status WHEN 'SUCCESS' THEN 'completed' ELSE 'failed' END, 1000000, 'db1' FROM db_backup_job ORDER BY started_at
        """,
        """
        INSERT INTO backup_verification SELECT gen_random_uuid(), id, 'integrity_check', 'passed', 'read', 100, finished_at, 'db1' FROM db_backup_job WHERE status = 'SUCCESS' AND id < 'e6'
        """,
        "VACUUM ANALYZE db_backup_job", "VACUUM ANALYZE backup_copy", "VACUUM ANALYZE backup_verification",
    ];

    // On a machine that others use too, this says what the work costs.
    private static async Task<(double Service, double Server)> CpuAsync(BenchDatabase database)
    {
        var pids = await database.Sql.QueryAsync("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'", [], row => row.GetInt32(0), CancellationToken.None);
        using var self = Process.GetCurrentProcess();
        return (self.TotalProcessorTime.TotalSeconds, pids.Sum(pid =>
        {
            using var server = Process.GetProcessById(pid);
            return server.TotalProcessorTime.TotalSeconds;
        }));
    }

    private static double Memory(string name) =>
        double.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
