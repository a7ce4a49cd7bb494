using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Ops.Backup.Bench;

/// <summary>
/// A table of text as applications write it: words by Zipf's law, and phrases that come again from far away. Neither random bytes,
/// which nothing compresses, nor one line repeated, which anything does. The same rows every time.
/// </summary>
internal sealed class TextRows
{
    private const int Words = 20_000;
    private const int Phrases = 30_000;
    private readonly Random _random = new(7);
    private readonly string[] _words = [.. Enumerable.Range(0, Words).Select(Word)];
    private readonly double[] _weights = new double[Words];
    private readonly string[] _phrases;

    public TextRows()
    {
        var sum = 0.0;
        for (var i = 0; i < Words; i++) _weights[i] = sum += 1.0 / (i + 3);
        _phrases = [.. Enumerable.Range(0, Phrases).Select(_ => Sentence(12))];
    }

    /// <summary>Rows of some 380 bytes, as of documents: the server's work a byte is small.</summary>
    public Task FillDocumentsAsync(NpgsqlConnection connection, string table, long bytes) => FillAsync(connection, table, bytes, Row);

    /// <summary>Rows of some 60 bytes, as of text kept line by line: the server's work a byte is larger.</summary>
    public Task FillLinesAsync(NpgsqlConnection connection, string table, long bytes) => FillAsync(connection, table, bytes, Line);

    private static async Task FillAsync(NpgsqlConnection connection, string table, long bytes, Func<int, string> rowOf)
    {
        await using (var create = new NpgsqlCommand($"CREATE TABLE {table} (id bigint, at timestamptz, customer text, mail text, amount numeric(12,2), body text)", connection))
            await create.ExecuteNonQueryAsync();
        long written = 0;
        await using (var copy = await connection.BeginTextImportAsync($"COPY {table} FROM STDIN"))
        {
            for (var id = 1; written < bytes; id++)
            {
                var row = rowOf(id);
                await copy.WriteAsync(row);
                written += row.Length;
            }
        }
        await using var finish = new NpgsqlCommand($"ALTER TABLE {table} ADD PRIMARY KEY (id); ANALYZE {table}; CHECKPOINT", connection) { CommandTimeout = 600 };
        await finish.ExecuteNonQueryAsync();
    }

    private string Row(int id)
    {
        var (name, domain) = (Next(), Next());
        return string.Create(CultureInfo.InvariantCulture,
            $"{id}\t2026-01-01 00:{id / 60 % 60:00}:{id % 60:00}+00\t{name} {Next()}\t{name}{id % 1000}@{domain}.example\t{_random.Next(10_000_000) / 100.0:0.00}\t{Sentence(17)} {_phrases[_random.Next(Phrases)]} {Sentence(17)}\n");
    }

    private string Line(int id) => string.Create(CultureInfo.InvariantCulture,
        $"{id}\t2026-01-01 00:{id / 60 % 60:00}:{id % 60:00}+00\t\\N\t\\N\t\\N\t{(id % 3 == 0 ? _phrases[_random.Next(Phrases)][..40] : Sentence(6))}\n");

    private string Sentence(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Next()));

    private string Next()
    {
        var at = Array.BinarySearch(_weights, _random.NextDouble() * _weights[^1]);
        return _words[at < 0 ? ~at : at];
    }

    private static string Word(int number)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
        return string.Concat(hash.Take(3 + (number % 8)).Select(value => (char)('a' + (value % 26))));
    }
}
