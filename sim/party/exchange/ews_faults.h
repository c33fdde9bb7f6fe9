/* The codes by which EWS says what went wrong (EWS.md §4, "Errors"). */
#ifndef SIM_PARTY_EXCHANGE_EWS_FAULTS_H
#define SIM_PARTY_EXCHANGE_EWS_FAULTS_H

/* name of the code, sentence */
#define EWS_ERROR_LIST(X)                                                                          \
    X(NoError, "")                                                                                 \
    X(ErrorAccessDenied, "Access is denied. Check credentials and try again.")                     \
    X(ErrorFolderNotFound, "The specified folder could not be found in the store.")                \
    X(ErrorImpersonateUserDenied,                                                                  \
      "The account does not have permission to impersonate the requested user.")                   \
    X(ErrorInvalidExchangeImpersonationHeaderData,                                                 \
      "ExchangeImpersonation SOAP header must be present for this type of OAuth token.")           \
    X(ErrorInvalidIdMalformed, "Id is malformed.")                                                 \
    X(ErrorInvalidOperation, "The operation is not valid.")                                        \
    X(ErrorInvalidPagingMaxRows, "The specified paging parameters are invalid.")                   \
    X(ErrorInvalidRestriction, "The restriction or sort order is too complex for this operation.") \
    X(ErrorInvalidServerVersion, "The specified server version is invalid.")                       \
    X(ErrorInvalidSyncStateData, "Synchronization state data is corrupt or otherwise invalid.")    \
    X(ErrorInternalServerError, "An internal server error occurred. The operation failed.")        \
    X(ErrorItemNotFound, "The specified object was not found in the store.")                       \
    X(ErrorMimeContentConversionFailed, "Message content conversion failed.")                      \
    X(ErrorMimeContentInvalid, "The message content is invalid.")                                  \
    X(ErrorMissingEmailAddress, "When making a request as an account that does not have a "        \
                                "mailbox, you must specify the mailbox primary SMTP address for "  \
                                "any distinguished folder Ids.")                                   \
    X(ErrorNameResolutionMultipleResults, "Multiple results were found.")                          \
    X(ErrorNameResolutionNoResults, "No results were found.")                                      \
    X(ErrorNonPrimarySmtpAddress,                                                                  \
      "The primary SMTP address must be specified when referencing a mailbox.")                    \
    X(ErrorNonExistentMailbox, "The SMTP address has no mailbox associated with it.")              \
    X(ErrorQuotaExceeded, "The mailbox has exceeded its quota.")                                   \
    X(ErrorSchemaValidation, "The request failed schema validation.")                              \
    X(ErrorServerBusy, "The server cannot service this request right now. Try again later.")       \
    X(ErrorSyncFolderNotFound, "The folder to be synchronized could not be found.")                \
    X(ErrorUnsupportedPathForQuery, "The property can not be used with this type of restriction.") \
    X(ErrorUnsupportedPathForSortGroup, "The property can not be used for sorting or grouping.")

enum ews_error {
#define X(name, sentence) EWS_##name,
    EWS_ERROR_LIST(X)
#undef X
};

const char *ews_error_name(enum ews_error error);
const char *ews_error_sentence(enum ews_error error);

#endif
