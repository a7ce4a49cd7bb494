using System.Globalization;

namespace Ops.Backup.Domain.Sources;

/// <summary>A PostgreSQL database that we back up, and how to reach it. The password is kept encrypted only.</summary>
public sealed class DatabaseSource
{
    /// <summary>The longest name that PostgreSQL keeps, in bytes.</summary>
    public const int MaxNameBytes = 63;

    private DatabaseSource(string id) => Id = id;

    public string Id { get; private set; }

    /// <summary>What people call it; unique.</summary>
    public string Name { get; private set; } = "";

    /// <summary>A host name, an IP address, or the folder of a Unix socket.</summary>
    public string Host { get; private set; } = "";

    public int Port { get; private set; }

    public string Database { get; private set; } = "";

    public string User { get; private set; } = "";

    /// <summary>Ciphertext, or null where the server asks for no password.</summary>
    public string? EncryptedPassword { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public string PortText => Port.ToString(CultureInfo.InvariantCulture);

    public static DatabaseSource Create(string name, ConnectionFacts facts, string? encryptedPassword, DateTimeOffset now)
    {
        var source = new DatabaseSource(Guid.CreateVersion7(now).ToString()) { CreatedAt = now };
        source.Change(name, facts, now);
        source.EncryptedPassword = encryptedPassword;
        return source;
    }

    /// <exception cref="InvalidValueException">A part is empty, too long, or has characters that can't travel.</exception>
    public void Change(string name, ConnectionFacts facts, DateTimeOffset now)
    {
        Name = SourceRules.Text(name, "name", 100);
        Host = SourceRules.Text(facts.Host, "host", 255);
        Port = facts.Port is >= 1 and <= 65535 ? facts.Port
            : throw new InvalidValueException("PORT_OUT_OF_RANGE", "port", $"port is {facts.Port}; it goes from 1 to 65535.");
        Database = SourceRules.Identifier(facts.Database, "database");
        User = SourceRules.Identifier(facts.User, "user");
        UpdatedAt = now;
    }

    public void ChangePassword(string? encryptedPassword, DateTimeOffset now) => (EncryptedPassword, UpdatedAt) = (encryptedPassword, now);
}

/// <summary>Where a database is and who asks.</summary>
public sealed record ConnectionFacts(string Host, int Port, string Database, string User);
