using Microsoft.Extensions.Options;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Infrastructure.PgTools;

/// <summary>Asks a server what a backup must know first.</summary>
public sealed class ServerProbe(ISecrets secrets, PgClients clients, IOptions<BackupOptions> options) : IDatabaseProbe
{
    // Every relation that pg_dump would read, and what stands in the way of reading it whole.
    private const string MissingRightsSql = """
        SELECT 'SELECT on ' || format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'S', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
          AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END)
        UNION ALL
        SELECT 'BYPASSRLS, for row-level security on ' || format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relrowsecurity AND row_security_active(c.oid)
        LIMIT 100
        """;

    /// <exception cref="BackupFailedException">It can't be reached or refuses.</exception>
    public async Task<ServerFacts> AskAsync(DatabaseSource source, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(source, cancellationToken);
            await using var ask = new NpgsqlCommand("SELECT pg_database_size(current_database()), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)", connection);
            await using var reader = await ask.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return new ServerFacts(connection.PostgreSqlVersion, reader.GetInt64(0), reader.GetBoolean(1));
        }
        catch (Exception e) when (FailureOf(e, source) is not null)
        {
            throw FailureOf(e, source)!;
        }
    }

    public async Task<ProbeResult> ProbeAsync(DatabaseSource source, CancellationToken cancellationToken)
    {
        try
        {
            var facts = await AskAsync(source, cancellationToken);
            var missing = await MissingRightsAsync(source, cancellationToken);
            var result = new ProbeResult { Ok = missing.Count == 0, ServerVersion = facts.Version.ToString(), SizeBytes = facts.SizeBytes, MissingRights = missing };
            try
            {
                var client = await clients.ChooseAsync(facts.Version, cancellationToken);
                return result with { Client = client.Dump, ClientVersion = client.Version.ToString() };
            }
            catch (BackupFailedException e)
            {
                return result with { Ok = false, ErrorCode = e.Failure.Code, Error = e.Message };
            }
        }
        catch (BackupFailedException e)
        {
            return new ProbeResult { Ok = false, ErrorCode = e.Failure.Code, Error = e.Message };
        }
        catch (SecretUnreadableException e)
        {
            return new ProbeResult { Ok = false, ErrorCode = "SECRET_UNREADABLE", Error = e.Message };
        }
    }

    private async Task<IReadOnlyList<string>> MissingRightsAsync(DatabaseSource source, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        await using var connection = await OpenAsync(source, cancellationToken);
        await using var ask = new NpgsqlCommand(MissingRightsSql, connection);
        await using var reader = await ask.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) missing.Add(reader.GetString(0));
        return missing;
    }

    private async Task<NpgsqlConnection> OpenAsync(DatabaseSource source, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = source.Host,
            Port = source.Port,
            Database = source.Database,
            Username = source.User,
            Password = source.EncryptedPassword is { } ciphertext ? secrets.Unprotect(ciphertext) : null,
            Timeout = Math.Min(options.Value.ConnectSeconds, 1024),
            CommandTimeout = options.Value.ConnectSeconds,
            ApplicationName = "ops-backup/probe",
            Pooling = false,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static BackupFailedException? FailureOf(Exception e, DatabaseSource source) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            new BackupFailedException("AUTHENTICATION_FAILED", $"The server at {source.Host}:{source.PortText} refuses user {source.User}: {refused.MessageText}", e),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            new BackupFailedException("DATABASE_MISSING", $"The server at {source.Host}:{source.PortText} has no database {source.Database}.", e),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            new BackupFailedException("PERMISSION_DENIED", refused.MessageText, e),
        PostgresException refused => new BackupFailedException("SERVER_REFUSED", $"{refused.SqlState}: {refused.MessageText}", e),
        NpgsqlException or TimeoutException or System.Net.Sockets.SocketException =>
            new BackupFailedException("CONNECTION_FAILED", $"The server at {source.Host}:{source.PortText} can't be reached: {(e.InnerException ?? e).Message}", e),
        _ => null,
    };
}

/// <summary>What a server says of itself and of the user who asks.</summary>
public sealed record ServerFacts(Version Version, long SizeBytes, bool IsSuperuser);
