using System.Globalization;
using Npgsql;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>
/// Many configs, a part of them due in one minute, on several nodes, with a stand-in for pg_dump that takes a second: whether each is
/// started once, how long after its time, and what that costs the service's database.
/// </summary>
internal static class ScheduleBench
{
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(int configs, int due, int nodes, int concurrent)
    {
        Heading.Write("Schedules");
        await using var database = await BenchDatabase.StartAsync();
        using var programs = StandInPrograms();
        var services = new List<ServiceProcess>();
        var folders = new List<TempFolder>();
        try
        {
            for (var number = 0; number < nodes; number++)
            {
                folders.Add(new TempFolder($"node{number}"));
                services.Add(await ServiceProcess.StartAsync(database.ConnectionString, folders[number], 18300 + number, new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["Service__NodeName"] = $"node-{number + 1}",
                    ["Service__KeyFolder"] = folders[0].File("keys"),
                    ["Backup__MaxConcurrent"] = concurrent.ToString(CultureInfo.InvariantCulture),
                    ["Backup__MaxConcurrentPerHost"] = "0",
                    ["Backup__ClientFolders__0"] = programs.Path,
                    ["Logging__LogLevel__Default"] = "Warning",
                }));
            }
            // All due in one minute, spread over its seconds as jitter would; the others are due tomorrow.
            var own = new NpgsqlConnectionStringBuilder(database.ConnectionString);
            await services[0].AddSourceAsync(new { name = "model", host = own.Host, port = own.Port, database = own.Database, user = own.Username, password = own.Password });
            await SeedAsync(database, configs, due);
            var idle = await LoadAsync(database, QuietTime);
            var busyFrom = await CountersAsync(database);
            await Poll.Until("all that is due has ended", async () => await NumberAsync(database, "SELECT count(*) FROM db_backup_job WHERE finished_at IS NOT NULL") >= due, TimeSpan.FromMinutes(20));
            var busy = await CountersAsync(database) - busyFrom;
            await ReportAsync(database, configs, due, nodes, concurrent, idle, busy);
            return 0;
        }
        finally
        {
            foreach (var service in services) await service.DisposeAsync();
            foreach (var folder in folders) folder.Dispose();
        }
    }

    private static TempFolder StandInPrograms()
    {
        var folder = new TempFolder("programs");
        Script("pg_dump", "case \"$1\" in --version) echo 'pg_dump (PostgreSQL) 15.18' ;; *) sleep 1; head -c 4096 /dev/zero ;; esac");
        Script("pg_dumpall", "case \"$1\" in --version) echo 'pg_dumpall (PostgreSQL) 15.18' ;; *) echo -- ;; esac");
        foreach (var program in new[] { "pg_restore", "psql" }) Script(program, $"case \"$1\" in --version) echo '{program} (PostgreSQL) 15.18' ;; *) cat > /dev/null ;; esac");
        return folder;

        void Script(string program, string text)
        {
            File.WriteAllText(folder.File(program), $"#!/bin/sh\n{text}\n");
            File.SetUnixFileMode(folder.File(program), (UnixFileMode)Convert.ToInt32("755", 8));
        }
    }

    private static Task SeedAsync(BenchDatabase database, int configs, int due) => database.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO database_source (id, name, host, port, database, user_name, encrypted_password)
            SELECT 's' || n, 'source ' || n, host, port, database, user_name, encrypted_password FROM generate_series(1, {configs}) n, database_source WHERE name = 'model';
            INSERT INTO backup_config (id, name, source_id, type, format, jobs, compression, include_globals, schedule, time_zone, jitter_sec, run_missed, when_busy, retries, retry_delay_sec,
                                       priority, description_template, enabled, next_for, next_run_at)
            SELECT 'c' || n, 'config ' || n, 's' || n, 'full', 'custom', 1, 'none', false, '@daily', 'UTC', 0, true, 'wait', 0, 60, 0, '自动备份 - <name>', true,
                   date_trunc('day', now()), CASE WHEN n <= {due} THEN now() + interval '{QuietTime.TotalSeconds + 5} seconds' + n % 60 * interval '1 second' ELSE now() + interval '1 day' END
            FROM generate_series(1, {configs}) n;
            ANALYZE;
            """));

    private static async Task ReportAsync(BenchDatabase database, int configs, int due, int nodes, int concurrent, Load idle, Load busy)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{configs:N0} configs, {due:N0} of them due within one minute, {nodes} nodes with {concurrent} places each; each dump sleeps for a second.\n"));
        Console.WriteLine("| | |\n|---|---|");
        await LineAsync("configs started", "SELECT count(DISTINCT config_id)::text FROM db_backup_job");
        await LineAsync("started twice", "SELECT count(*)::text FROM (SELECT config_id FROM db_backup_job GROUP BY config_id HAVING count(*) > 1) x");
        await LineAsync("forgotten", "SELECT count(*)::text FROM backup_config WHERE next_run_at <= now()");
        await LineAsync("SUCCESS", "SELECT count(*)::text FROM db_backup_job WHERE status = 'SUCCESS'");
        await LineAsync("failed, and why first", "SELECT concat_ws(': ', count(*), min(error_msg)) FROM db_backup_job WHERE status <> 'SUCCESS'");
        await LineAsync("by node", "SELECT string_agg(n::text, ' / ') FROM (SELECT count(*) n FROM db_backup_job GROUP BY node ORDER BY node) x");
        // The seed's due time: what was planned is gone from the config once it has started.
        await LineAsync("due to queued, p50 / p99 / most, ms", Percentiles("queued_ms"));
        await LineAsync("queued to started, p50 / p99 / most, ms (waiting for a place)", Percentiles("waited_ms"));
        await LineAsync("all of it, s", "SELECT round(extract(epoch FROM max(finished_at) - min(due_at))::numeric, 1)::text FROM db_backup_job");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| database idle: transactions a second / CPU | {idle.PerSecond:0} / {idle.Cpu:P1} of a core |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| database busy: transactions a second / CPU | {busy.PerSecond:0} / {busy.Cpu:P1} of a core |"));

        async Task LineAsync(string name, string sql) => Console.WriteLine($"| {name} | {await TextAsync(database, sql)} |");

        string Percentiles(string column) => string.Create(CultureInfo.InvariantCulture, $"""
            SELECT concat_ws(' / ', round(percentile_cont(0.5) WITHIN GROUP (ORDER BY {column})::numeric), round(percentile_cont(0.99) WITHIN GROUP (ORDER BY {column})::numeric), round(max({column})::numeric))
            FROM (SELECT extract(epoch FROM job.due_at - plan.at) * 1000 queued_ms, extract(epoch FROM job.started_at - job.due_at) * 1000 waited_ms
                  FROM db_backup_job job JOIN bench_plan plan ON plan.id = job.config_id) x
            """);
    }

    private static async Task<Load> LoadAsync(BenchDatabase database, TimeSpan time)
    {
        // What each config was planned for, before its start overwrites it.
        await database.ExecuteAsync("CREATE TABLE bench_plan AS SELECT id, next_run_at AS at FROM backup_config");
        var from = await CountersAsync(database);
        await Task.Delay(time);
        return await CountersAsync(database) - from;
    }

    private static async Task<Load> CountersAsync(BenchDatabase database) => new(
        await NumberAsync(database, "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"), ProcessTree.CpuSeconds(database.ProcessId),
        TimeProvider.System.GetTimestamp() / (double)TimeProvider.System.TimestampFrequency);

    private static async Task<long> NumberAsync(BenchDatabase database, string sql) => long.Parse(await TextAsync(database, sql), CultureInfo.InvariantCulture);

    private static async Task<string> TextAsync(BenchDatabase database, string sql) =>
        (await database.Sql.QueryAsync(sql, [], row => Convert.ToString(row.GetValue(0), CultureInfo.InvariantCulture)!, CancellationToken.None))[0];

    private sealed record Load(double Transactions, double CpuSeconds, double Seconds)
    {
        public double PerSecond => Transactions / Seconds;

        public double Cpu => CpuSeconds / Seconds;

        public static Load operator -(Load after, Load before) => new(after.Transactions - before.Transactions, after.CpuSeconds - before.CpuSeconds, after.Seconds - before.Seconds);
    }
}
