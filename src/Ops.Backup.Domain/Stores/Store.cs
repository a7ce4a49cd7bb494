using Ops.Backup.Domain.Sources;

namespace Ops.Backup.Domain.Stores;

/// <summary>A place where copies of artifacts live. Credentials are kept encrypted only.</summary>
public sealed class Store
{
    /// <summary>The store on the node's own disk, which is always there.</summary>
    public const string LocalName = "local";

    private const int MaxRecipients = 20;

    private Store(string id) => Id = id;

    public string Id { get; private set; }

    /// <summary>What people call it; unique.</summary>
    public string Name { get; private set; } = "";

    public StoreKind Kind => Settings.Kind;

    public StoreSettings Settings { get; private set; } = new LocalSettings("/");

    /// <summary>Ciphertext of the <see cref="StoreCredentials"/>; null where none are needed.</summary>
    public string? EncryptedCredentials { get; private set; }

    /// <summary>Public keys that <c>age</c> encrypts to. A backup that goes to a store with recipients is encrypted, in all its copies.</summary>
    public IReadOnlyList<string> Recipients { get; private set; } = [];

    /// <summary>Bytes a second that one backup may send; null for no limit.</summary>
    public long? BytesPerSecond { get; private set; }

    /// <summary>Backups that may write into it at once; null for any number.</summary>
    public int? MaxConcurrent { get; private set; }

    /// <summary>Backups that name no store go here.</summary>
    public bool IsDefault { get; private set; }

    /// <summary>Defined by the configuration, and renewed from it at every start; it can't be changed otherwise.</summary>
    public bool IsConfigured { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public static Store Create(StoreFacts facts, string? encryptedCredentials, bool isConfigured, DateTimeOffset now)
    {
        var store = new Store(Guid.CreateVersion7(now).ToString()) { CreatedAt = now, IsConfigured = isConfigured };
        store.Change(facts, now);
        store.EncryptedCredentials = encryptedCredentials;
        return store;
    }

    /// <exception cref="InvalidValueException">A part can't be.</exception>
    public void Change(StoreFacts facts, DateTimeOffset now)
    {
        Name = SourceRules.Text(facts.Name, "name", 100);
        Settings = facts.Settings.Checked();
        if (facts.Recipients.Count > MaxRecipients) throw new InvalidValueException("VALUE_TOO_LONG", "recipients", $"There are {facts.Recipients.Count} recipients; at most {MaxRecipients} are kept.");
        Recipients = [.. facts.Recipients.Select(AgeRecipient.Parse).Distinct(StringComparer.Ordinal)];
        BytesPerSecond = facts.BytesPerSecond is null or >= 1024 ? facts.BytesPerSecond
            : throw new InvalidValueException("VALUE_OUT_OF_RANGE", "bytesPerSecond", "bytesPerSecond is at least 1024; leave it out for no limit.");
        MaxConcurrent = facts.MaxConcurrent is null or (>= 1 and <= 1000) ? facts.MaxConcurrent
            : throw new InvalidValueException("VALUE_OUT_OF_RANGE", "maxConcurrent", "maxConcurrent goes from 1 to 1000; leave it out for no limit.");
        IsDefault = facts.IsDefault;
        UpdatedAt = now;
    }

    public void ChangeCredentials(string? encrypted, DateTimeOffset now) => (EncryptedCredentials, UpdatedAt) = (encrypted, now);
}

/// <summary>What a person decides about a store, apart from its credentials.</summary>
public sealed record StoreFacts(string Name, StoreSettings Settings, IReadOnlyList<string> Recipients, long? BytesPerSecond, bool IsDefault, int? MaxConcurrent = null);
