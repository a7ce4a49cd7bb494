using System.Globalization;
using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Infrastructure.PgTools;

/// <summary>
/// libpq connection strings with every value quoted. The tools parse a database name as such a string, so a bare name with
/// <c>=</c> or a leading <c>-</c> would be read as options: names travel in this form only. There is never a password in it.
/// </summary>
public static class ConnInfo
{
    public static string For(DatabaseSource source, string applicationName, int connectSeconds, string passFile) =>
        $"host={Quote(source.Host)} port={Quote(source.PortText)} user={Quote(source.User)} {ForDatabase(source.Database)}"
            + $" application_name={Quote(applicationName)} connect_timeout={connectSeconds.ToString(CultureInfo.InvariantCulture)} passfile={Quote(passFile)}";

    public static string ForDatabase(string database) => $"dbname={Quote(database)}";

    public static string Quote(string value) => $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
