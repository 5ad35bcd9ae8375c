/* What is the digest of a file? As `certutil -hashfile FILE [ALGORITHM]` prints it (the lab's stand-in). */
#include "tool.h"
#include <bcrypt.h>

static int failed(DWORD error, const char *name) {
    printf("CertUtil: -hashfile command FAILED: 0x%08lx (WIN32: %lu %s)\r\nCertUtil: %s\r\n", 0x80070000 | error,
           error, name, words_for(error));
    return (int)(0x80070000 | error);
}

int wmain(int count, wchar_t **words) {
    if (count < 3 || !(is(words[1], L"-hashfile") || is(words[1], L"/hashfile"))) {
        printf("CertUtil: Unknown arg: %ls\r\n", count > 1 ? words[1] : L"");
        return (int)0x80070057;
    }
    const wchar_t *name = count > 3 ? words[3] : L"SHA1";
    const wchar_t *algorithm = is(name, L"SHA256")   ? BCRYPT_SHA256_ALGORITHM
                               : is(name, L"SHA1")   ? BCRYPT_SHA1_ALGORITHM
                               : is(name, L"SHA512") ? BCRYPT_SHA512_ALGORITHM
                               : is(name, L"MD5")    ? BCRYPT_MD5_ALGORITHM
                                                     : NULL;
    if (!algorithm) return failed(87, "ERROR_INVALID_PARAMETER");
    FILE *file = _wfopen(words[2], L"rb");
    if (!file)
        return failed(GetLastError() == 3 ? 3 : 2,
                      GetLastError() == 3 ? "ERROR_PATH_NOT_FOUND" : "ERROR_FILE_NOT_FOUND");
    BCRYPT_ALG_HANDLE provider;
    BCRYPT_HASH_HANDLE hash;
    static UCHAR chunk[65536];
    UCHAR digest[64];
    DWORD length = 0, needed;
    size_t read;
    BCryptOpenAlgorithmProvider(&provider, algorithm, NULL, 0);
    BCryptGetProperty(provider, BCRYPT_HASH_LENGTH, (PUCHAR)&length, sizeof length, &needed, 0);
    BCryptCreateHash(provider, &hash, NULL, 0, NULL, 0, 0);
    while ((read = fread(chunk, 1, sizeof chunk, file)) > 0) BCryptHashData(hash, chunk, (ULONG)read, 0);
    BCryptFinishHash(hash, digest, length, 0);
    printf("%ls hash of %ls:\r\n", name, words[2]);
    for (DWORD i = 0; i < length; i++) printf("%02x", digest[i]);
    printf("\r\nCertUtil: -hashfile command completed successfully.\r\n");
    return 0;
}
