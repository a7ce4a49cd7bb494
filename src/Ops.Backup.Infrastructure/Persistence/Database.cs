using Microsoft.EntityFrameworkCore;
using Npgsql;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>The service's database: a fresh context for each piece of work, and one exception for "does not answer".</summary>
public sealed class Database(IDbContextFactory<BackupDbContext> contexts)
{
    /// <exception cref="DatabaseUnavailableException">It can't be reached, or went away.</exception>
    public async Task<T> RunAsync<T>(Func<BackupDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            return await work(context);
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            throw new DatabaseUnavailableException(e);
        }
    }

    public Task RunAsync(Func<BackupDbContext, Task> work, CancellationToken cancellationToken) =>
        RunAsync(async context => { await work(context); return true; }, cancellationToken);

    /// <summary>Stores a change of a row whose name is unique.</summary>
    /// <param name="nameIndex">The index that holds the names apart.</param>
    public Task StoreNamedAsync(
        Action<BackupDbContext> change, string nameIndex, Func<Exception> nameTaken, Func<Exception> notFound, CancellationToken cancellationToken) => RunAsync(
        async context =>
        {
            change(context);
            try
            {
                await context.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException e) when (string.Equals(Violation(e), nameIndex, StringComparison.Ordinal))
            {
                throw nameTaken();
            }
            catch (DbUpdateConcurrencyException)
            {
                throw notFound();
            }
        },
        cancellationToken);

    /// <summary>The violated unique index or foreign key, or null when it was something else.</summary>
    public static string? Violation(Exception e) =>
        (e as PostgresException ?? e.InnerException as PostgresException) is { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation } violation
            ? violation.ConstraintName : null;

    // A PostgresException is an answer, except where the server says that it is going down or coming up (class 57P0x).
    internal static bool IsUnavailable(Exception? e) => e switch
    {
        null => false,
        PostgresException answer => answer.SqlState.StartsWith("57P", StringComparison.Ordinal),
        NpgsqlException or System.Net.Sockets.SocketException or TimeoutException => true,
        _ => IsUnavailable(e.InnerException),
    };
}
