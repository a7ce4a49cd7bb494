using Npgsql;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Infrastructure.Persistence;

internal sealed class StoreScans(NpgsqlDataSource dataSource, SqlDatabase database) : IStoreScans
{
    // Of the two keys of an advisory lock the first says what it is about.
    private const string TryLock = "SELECT pg_try_advisory_lock(hashtext('ops-backup store scan'), hashtext($1))";
    private const string Unlock = "SELECT pg_advisory_unlock(hashtext('ops-backup store scan'), hashtext($1))";

    private const string Known = """
        SELECT i.number FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS i (number, id, run_key, database, host, port)
        WHERE EXISTS (
                SELECT 1 FROM db_backup_job t WHERE t.id = i.id AND t.database = i.database AND t.host = i.host AND t.port = i.port
                  AND NOT (t.status IS NOT DISTINCT FROM 'FAILED' AND coalesce(t.error_msg, '') LIKE 'ABANDONED:%' AND NOT t.deleted))
           OR EXISTS (SELECT 1 FROM db_backup_job t WHERE i.id IS NULL AND t.run_key = i.run_key)
        """;

    public async Task<IAsyncDisposable?> TryBeginAsync(string storeId, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await dataSource.OpenConnectionAsync(cancellationToken);
            if (await AskAsync(connection, TryLock, storeId, cancellationToken)) return new Turn(connection, storeId);
            await connection.DisposeAsync();
            return null;
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            if (Database.IsUnavailable(e)) throw new DatabaseUnavailableException(e);
            throw;
        }
    }

    public async Task<IReadOnlyList<bool>> AreKnownAsync(IReadOnlyList<ReportedRun> runs, CancellationToken cancellationToken)
    {
        var known = await database.QueryAsync(
            Known,
            [
                Enumerable.Range(0, runs.Count).ToArray(), runs.Select(run => run.Id).ToArray(), runs.Select(run => run.RunKey).ToArray(), runs.Select(run => run.Database).ToArray(),
                runs.Select(run => run.Host).ToArray(), runs.Select(run => run.Port).ToArray(),
            ],
            row => row.GetInt32(0), cancellationToken);
        var numbers = known.ToHashSet();
        return [.. runs.Select((_, number) => numbers.Contains(number))];
    }

    private static async Task<bool> AskAsync(NpgsqlConnection connection, string sql, string storeId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter { Value = storeId } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private sealed class Turn(NpgsqlConnection connection, string storeId) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (connection)
            {
                try
                {
                    // The pool keeps the connection, and with it the lock.
                    await AskAsync(connection, Unlock, storeId, CancellationToken.None);
                }
                catch (Exception e) when (Database.IsUnavailable(e) || e is InvalidOperationException)
                {
                    // The connection broke, and took the lock with it.
                }
            }
        }
    }
}
