using Npgsql;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>What is in a database: each table's row count and a hash over its rows in order.</summary>
public static class TableContents
{
    public static async Task<SortedDictionary<string, string>> OfAsync(PostgresCluster cluster, string database)
    {
        var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(cluster.For(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        foreach (var table in await TablesAsync(connection))
        {
            await using var ask = new NpgsqlCommand(
                $"""SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\n' ORDER BY t::text COLLATE "C")), '') FROM {table} t""", connection);
            contents[table] = (string)(await ask.ExecuteScalarAsync())!;
        }
        return contents;
    }

    private static async Task<List<string>> TablesAsync(NpgsqlConnection connection)
    {
        await using var ask = new NpgsqlCommand("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')", connection);
        await using var reader = await ask.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        return tables;
    }
}
